import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { explained } from "../../net/errors";
import { closedError } from "../../net/sockets";
import { notNats, serverFailure, tooMuch, type NatsWhere } from "../errors";
import type { Greeting } from "./greeting";
import type { ServerOperation } from "./operations";
import { Replies, type Reply } from "./replies";

export interface Question {
  readonly subject: string;
  readonly body?: string;
}

/** A connection to a server after its INFO. */
export interface Connection {
  /** Sends CONNECT and waits for the server to accept it. */
  connect(fields: object): Promise<void>;
  /**
   * Publishes requests together. Each reply rejects with `FailureError` when the connection ends, or with the
   * signal's reason; a rejection that is not awaited has no effect.
   */
  ask(questions: readonly Question[]): Promise<Reply>[];
  close(): void;
}

/**
 * Maximum received from a server after its greeting, in bytes. All answers may arrive at once, and are then parsed in one
 * turn of the event loop.
 */
const MAX_BYTES_IN = 1024 * 1024;
const MAX_OPERATIONS = 1000;
/** Maximum buffered for a server that does not read, in bytes. */
const MAX_BYTES_UNREAD = 64 * 1024;

/**
 * Opens a connection on a socket whose INFO was read. Answers arrive at `_INBOX.<id>.*`, the one subscription that the
 * exporter's client has too.
 * @param signal the attempt's signal
 */
export function openConnection(
  socket: Socket,
  greeting: Pick<Greeting, "operations">,
  where: NatsWhere,
  signal: AbortSignal,
): Connection {
  const inbox = `_INBOX.${randomBytes(11).toString("hex")}`;
  const replies = new Replies();
  let asked = 0;

  function end(error: unknown): void {
    replies.end(error);
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
  function onAbort(): void {
    end(signal.reason);
  }
  function send(text: string): void {
    if (socket.writableLength > MAX_BYTES_UNREAD) end(tooMuch(where));
    else socket.write(text);
  }
  const HEAR: { readonly [O in ServerOperation as O["op"]]: (operation: O) => void } = {
    PING: () => send("PONG\r\n"),
    PONG: () => replies.hearPong(),
    MSG: ({ subject, status, payload }) => replies.hear(subject, status, payload),
    ERR: ({ text }) => {
      if (!replies.hearViolation(text)) end(serverFailure(text, where));
    },
    INFO: () => undefined,
    OK: () => undefined,
  };
  listen(socket, {
    ...greeting,
    where,
    hear: (operation) => HEAR[operation.op](operation as never),
    end,
    hasEnded: () => replies.hasEnded,
    closed: (error) => explained(error, where, signal),
  });
  signal.addEventListener("abort", onAbort, { once: true });

  function ask(questions: readonly Question[]): Promise<Reply>[] {
    const subscribe = asked === 0 ? `SUB ${inbox}.* 1\r\n` : "";
    const published = questions.map((question) => publication(question, `${inbox}.${(asked += 1)}`));
    const awaited = published.map(({ subject, reply }) => replies.to(reply, subject));
    send(subscribe + published.map(({ text }) => text).join(""));
    return awaited;
  }
  return {
    connect: async (fields) => {
      const agreed = replies.pong();
      send(`CONNECT ${JSON.stringify(fields)}\r\nPING\r\n`);
      await agreed;
    },
    ask,
    close: () => end(explained(closedError(), where, signal)),
  };
}

function publication(
  { subject, body = "" }: Question,
  reply: string,
): Record<"subject" | "reply" | "text", string> {
  return {
    subject,
    reply,
    text: `PUB ${subject} ${reply} ${Buffer.byteLength(body)}\r\n${body}\r\n`,
  };
}

interface Listener extends Pick<Greeting, "operations"> {
  readonly where: NatsWhere;
  readonly hear: (operation: ServerOperation) => void;
  readonly end: (error: unknown) => void;
  readonly hasEnded: () => boolean;
  /** The failure of a socket that failed or was closed. */
  readonly closed: (error: unknown) => Error;
}

/** Reads a server's data until the connection ends, within limits. */
function listen(socket: Socket, { operations, where, hear, end, hasEnded, closed }: Listener): void {
  const taken = { bytes: 0, operations: 0 };

  function read(): void {
    try {
      for (let next = operations.next(); next && !hasEnded(); next = operations.next()) {
        taken.operations += 1;
        if (taken.operations > MAX_OPERATIONS) return end(tooMuch(where));
        hear(next);
      }
    } catch {
      end(notNats(where));
    }
  }
  socket.on("data", (chunk: Buffer) => {
    taken.bytes += chunk.length;
    if (taken.bytes > MAX_BYTES_IN) return end(tooMuch(where));
    operations.push(chunk);
    read();
  });
  socket.on("error", (error) => end(closed(error)));
  socket.on("end", () => end(closed(closedError())));
  socket.on("close", () => end(closed(closedError())));
  read();
  socket.resume();
}
