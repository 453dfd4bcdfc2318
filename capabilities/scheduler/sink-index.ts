import type { SinkRevision } from "../domain/identity";
import type { SecretName } from "../domain/references";
import type { SinkTarget } from "../domain/spec";

/** A sink as its watch showed it last. */
export interface SeenSink extends SinkRevision {
  /** The Secrets that it named and that may be read; absent when that is not known. */
  readonly secrets?: readonly SecretName[];
}

/**
 * Index of the sinks that the watches of the three kinds have shown: enough to tell whether two tests name the same
 * sink, to wake runs that wait for one, and to read its Secrets early. Probes never use it as the sink's content.
 */
export class SinkIndex {
  readonly #seen = new Map<string, SeenSink>();
  readonly #waiting = new Map<string, Set<() => void>>();

  get(target: SinkTarget): SeenSink | undefined {
    return this.#seen.get(keyOf(target));
  }

  set(target: SinkTarget, sink: SeenSink): void {
    const key = keyOf(target);
    this.#seen.set(key, sink);
    for (const wake of this.#waiting.get(key) ?? []) wake();
  }

  /** Removes the sink, unless a recreated one was observed meanwhile: watch events may arrive out of order. */
  delete(target: SinkTarget, uid: string): void {
    const key = keyOf(target);
    if (this.#seen.get(key)?.uid === uid) this.#seen.delete(key);
  }

  /** Calls `wake` at every change of the sink until the returned function is called. */
  onChange(target: SinkTarget, wake: () => void): () => void {
    const key = keyOf(target);
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    waiting.add(wake);
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    };
  }
}

function keyOf({ kind, namespace, name }: SinkTarget): string {
  return `${kind}/${namespace}/${name}`;
}
