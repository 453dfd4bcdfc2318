import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { failed, type FailureError } from "../../domain/failure";

const MIB = 1024 * 1024;

/** Maximum received by one probe from all peers, in bytes; far above every honest answer but a list of references. */
export const MAX_BYTES_IN = 32 * MIB;
/** Maximum sent by one probe, in bytes. Requests are short, so more means that a peer provokes responses. */
const MAX_BYTES_OUT = 512 * 1024;
/** Maximum buffered per connection for a peer that does not read, in bytes. */
const MAX_BYTES_UNREAD = 128 * 1024;
/**
 * Maximum overhead of TLS for one probe beyond the size of its data, in bytes: as much as 20,000 records have. A
 * KeyUpdate message of 27 bytes takes up to 35 microseconds.
 */
const MAX_BYTES_TLS = MIB / 2;
/** Further overhead for each connection, in bytes: a handshake takes about 10 KiB. */
const MAX_BYTES_HANDSHAKE = 128 * 1024;
/** Interval for counting the bytes beneath TLS, in milliseconds, because Node emits no event for them. */
const COUNT_MS = 50;

export interface TrafficLimits {
  /** Destroys the socket with the failure when the traffic of this and the probe's other sockets exceeds a limit. */
  watch(socket: Socket): void;
  /** Destroys the socket beneath TLS when most received bytes are not data, such as endless handshake messages. */
  watchBeneath(socket: Socket): void;
  /** The failure, once a limit was reached. */
  reached(): FailureError | undefined;
}

/**
 * Counts the traffic of one probe's sockets and enforces limits regardless of the driver: some protocols let a
 * peer request responses endlessly, and drivers buffer data that is not read. It counts in `push` and `write` of the
 * stream. TLS messages without data pass through neither, and OpenSSL accepts some of them endlessly (HelloRequest
 * during the handshake, session tickets), so the bytes beneath TLS are compared with the data.
 */
export function createTrafficLimits(maxBytesIn: number = MAX_BYTES_IN): TrafficLimits {
  let received = 0;
  let sent = 0;
  let beneath = 0;
  let maxOverhead = MAX_BYTES_TLS;
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
    maxOverhead += MAX_BYTES_HANDSHAKE;
    const timer = setInterval(() => {
      beneath += socket.bytesRead - counted;
      counted = socket.bytesRead;
      if (beneath > 2 * received + maxOverhead) end(socket);
    }, COUNT_MS);
    socket.once("close", () => clearInterval(timer));
  }
  return { watch, watchBeneath, reached: () => failure };
}

/** Maximum number of informational answers; honest servers send one or two. */
const MAX_INFORMATIONAL = 16;

/**
 * Ends a request whose server sends informational answers (1xx) endlessly, or switches to another protocol (101), which
 * no probe requests. Without a listener Node closes the connection then and emits nothing else.
 */
export function limitInformational(request: ClientRequest): void {
  let count = 0;
  request.on("information", () => {
    count += 1;
    if (count > MAX_INFORMATIONAL) request.destroy(tooMuch());
  });
  request.once("upgrade", (_response, socket) => {
    socket.destroy();
    request.emit("error", otherProtocol());
  });
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}

function otherProtocol(): FailureError {
  return failed(
    "ProtocolError",
    "The server answers with another protocol than HTTP/1.1. Check host and port, and which server answers there.",
  );
}

/** The failure does not name the peer, because the name may come from another server. */
function tooMuch(): FailureError {
  return failed(
    "ProtocolError",
    "The server sends too much data, or does not read the responses that it requests. Check host and port, and which server answers there.",
  );
}
