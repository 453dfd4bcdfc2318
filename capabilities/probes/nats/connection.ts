import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { NotPermittedToAsk } from "../not-permitted";
import { whileWaiting } from "../net/abort";
import { explained } from "../net/errors";
import { closedError } from "../net/sockets";
import { notNats, serverFailure, type NatsWhere } from "./errors";
import type { Greeting } from "./greeting";
import type { ServerOperation } from "./operations";

export interface Answer {
  /** Of an answer without a body; 503 when the subject has no subscriber. */
  readonly status?: number;
  readonly payload: Buffer;
}

/** A conversation with a server; one question at a time. */
export interface Connection {
  /** Introduces the client and waits for the server to agree. */
  connect(fields: object): Promise<void>;
  /** A round trip. */
  ping(): Promise<void>;
  /** Publishes a question and waits for its answer. Rejects with {@link NotPermittedToAsk} when it may not. */
  request(subject: string, body?: string): Promise<Answer>;
  close(): void;
}

type Wanted = "PONG" | { readonly inbox: string };

interface Waiting {
  readonly wanted: Wanted;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

const PERMISSIONS = /^permissions violation/i;
const NOTHING: Answer = { payload: Buffer.alloc(0) };

/** Speaks NATS on a socket whose greeting was read. */
export function openConnection(
  socket: Socket,
  { operations }: Pick<Greeting, "operations">,
  where: NatsWhere,
  signal: AbortSignal,
): Connection {
  const inbox = `_INBOX.${randomBytes(16).toString("hex")}`;
  let waiting: Waiting | undefined;
  let ended: unknown;
  let asked = 0;

  function settle(act: (current: Waiting) => void): void {
    const current = waiting;
    waiting = undefined;
    if (current) act(current);
  }
  function end(error: unknown): void {
    ended ??= error;
    settle(({ reject }) => reject(ended));
    socket.destroy();
  }
  function hear(operation: ServerOperation): void {
    if (operation.op === "PING") socket.write("PONG\r\n");
    if (operation.op === "PONG" && waiting?.wanted === "PONG") settle(({ resolve }) => resolve(NOTHING));
    if (operation.op === "MSG" && isFor(waiting, operation.subject))
      settle(({ resolve }) => resolve(operation));
    if (operation.op === "ERR") complain(operation.text);
  }
  function complain(text: string): void {
    if (PERMISSIONS.test(text)) settle(({ reject }) => reject(new NotPermittedToAsk()));
    else end(serverFailure(text, where));
  }
  function read(): void {
    try {
      for (let next = operations.next(); next && ended === undefined; next = operations.next()) hear(next);
    } catch {
      end(notNats(where));
    }
  }
  function closed(): Error {
    return explained(closedError(), where, signal);
  }
  socket.on("data", (chunk: Buffer) => {
    operations.push(chunk);
    read();
  });
  socket.on("error", (error) => end(explained(error, where, signal)));
  socket.on("end", () => end(closed()));
  socket.on("close", () => end(closed()));
  read();
  socket.resume();

  function ask(wanted: Wanted, message: string): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      if (ended !== undefined) return reject(ended as Error);
      waiting = { wanted, resolve, reject };
      socket.write(message);
    });
    return whileWaiting(signal, answer);
  }
  async function ping(): Promise<void> {
    await ask("PONG", "PING\r\n");
  }
  return {
    connect: async (fields) => {
      await ask("PONG", `CONNECT ${JSON.stringify(fields)}\r\nPING\r\n`);
    },
    ping,
    request: (subject, body = "") => {
      const reply = `${inbox}.${(asked += 1)}`;
      const subscribe = `SUB ${reply} ${asked}\r\nUNSUB ${asked} 1\r\n`;
      const publish = `PUB ${subject} ${reply} ${Buffer.byteLength(body)}\r\n${body}\r\n`;
      return ask({ inbox: reply }, subscribe + publish);
    },
    close: () => end(closed()),
  };
}

function isFor(waiting: Waiting | undefined, subject: string): boolean {
  return typeof waiting?.wanted === "object" && waiting.wanted.inbox === subject;
}
