import type { Socket } from "node:net";

/** RFC 4253, section 4.2: a line of at most 255 bytes, after any other lines of the server. */
const GREETING = /^SSH-[^\n]*\n/m;
/** Limit for data without a greeting, in bytes; beyond it, ssh2 reports the error. */
const MAX_BYTES = 8 * 1024;

/**
 * Holds back a server's first data until its greeting is complete: ssh2 1.17 loses the middle of a greeting that
 * arrives in more than two pieces, and then waits forever.
 */
export function holdGreeting(socket: Socket): void {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...args: unknown[]) => boolean;
  let held = Buffer.alloc(0);

  function release(): void {
    socket.emit = emit;
    if (held.length > 0) emit("data", held);
  }
  socket.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event === "data") {
      held = Buffer.concat([held, args[0] as Buffer]);
      if (GREETING.test(held.toString("latin1")) || held.length > MAX_BYTES) release();
      return true;
    }
    if (event === "end" || event === "close") release();
    return emit(event, ...args);
  };
}
