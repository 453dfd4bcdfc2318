import type { ConnectionCause } from "../api/vocabulary";

/**
 * One row of a backend's error table: the meaning of a server's code, status or word. `say` composes the
 * message from names that the operator chose or checked; `more` is further input of a table's messages,
 * such as the answer.
 */
export interface ErrorRow<Words, More extends readonly unknown[] = []> {
  readonly cause: ConnectionCause;
  readonly say: (words: Words, ...more: More) => string;
}

export function row<Words, More extends readonly unknown[] = []>(
  cause: ConnectionCause,
  say: ErrorRow<Words, More>["say"],
): ErrorRow<Words, More> {
  return { cause, say };
}
