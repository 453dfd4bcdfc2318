import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { failed, type FailureError } from "../../domain/failure";

const MIB = 1024 * 1024;

/** What the peers of one probe may send together, in bytes; far above every honest answer but a list of references. */
export const MAX_BYTES_IN = 32 * MIB;
/** What one probe may send, in bytes: a probe asks short questions, so more is a peer that provokes answers. */
const MAX_BYTES_OUT = 512 * 1024;
/** What one connection may hold for a peer that does not read, in bytes. */
const MAX_BYTES_UNREAD = 128 * 1024;
/** What TLS may add to the data of one probe, in bytes, besides as much as the data: handshakes take some 10 KiB each. */
const MAX_BYTES_TLS = 8 * MIB;
/** How often the bytes beneath TLS are counted, in milliseconds: Node gives no event for them. */
const COUNT_MS = 50;

export interface TrafficLimits {
  /** Destroys the socket with the failure when what goes through it, or through another one of the probe, is too much. */
  watch(socket: Socket): void;
  /** Destroys the socket beneath TLS when most of what it receives is no data: handshake messages without end. */
  watchBeneath(socket: Socket): void;
  /** The failure, once a limit was reached. */
  reached(): FailureError | undefined;
}

/**
 * Counts what the sockets of one probe carry, and holds it to limits whatever a driver does with it: protocols have
 * answers that a peer can ask for without end, and drivers keep what is not read. It counts in `push` and `write` of the
 * stream. TLS messages without data pass neither, and OpenSSL takes some of them without end (HelloRequest during the
 * handshake, session tickets), so the bytes beneath TLS are compared with the data.
 */
export function createTrafficLimits(maxBytesIn: number = MAX_BYTES_IN): TrafficLimits {
  let received = 0;
  let sent = 0;
  let beneath = 0;
  let failure: FailureError | undefined;

  function end(socket: Socket): void {
    failure ??= tooMuch();
    socket.destroy(failure);
  }
  function watch(socket: Socket): void {
    const push = socket.push.bind(socket);
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
      received += sizeOf(chunk);
      if (received <= maxBytesIn) return push(chunk, encoding);
      end(socket);
      return false;
    };
    socket.write = ((...args: unknown[]) => {
      sent += sizeOf(args[0]);
      const isEmptied = write(...args);
      if (sent > MAX_BYTES_OUT || socket.writableLength > MAX_BYTES_UNREAD) end(socket);
      return isEmptied;
    }) as typeof socket.write;
  }
  function watchBeneath(socket: Socket): void {
    let counted = 0;
    const timer = setInterval(() => {
      beneath += socket.bytesRead - counted;
      counted = socket.bytesRead;
      if (beneath > 2 * received + MAX_BYTES_TLS) end(socket);
    }, COUNT_MS);
    socket.once("close", () => clearInterval(timer));
  }
  return { watch, watchBeneath, reached: () => failure };
}

/** Honest servers send one or two of them. */
const MAX_INFORMATIONAL = 16;

/** Ends a request whose server sends informational answers (1xx) without end. */
export function limitInformational(request: ClientRequest): void {
  let count = 0;
  request.on("information", () => {
    count += 1;
    if (count > MAX_INFORMATIONAL) request.destroy(tooMuch());
  });
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}

/** Without the peer's name, which may be what another server said. */
function tooMuch(): FailureError {
  return failed(
    "ProtocolError",
    "The server sends without end, or does not read what it asks for. Check host and port, and what answers there.",
  );
}
