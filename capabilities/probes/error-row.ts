import type { ConnectionCause } from "../api/vocabulary";

/**
 * One row of a backend's error table: what a code, status or word of a server stands for. `say` composes the
 * message from names that the operator chose or checked; `more` is what else a table's messages depend on,
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
