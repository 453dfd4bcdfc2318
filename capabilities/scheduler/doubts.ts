import type { Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { untilServed } from "../kube/until-served";

/** After an outage thousands of objects may need a check, and verdicts need connections to the API server too. */
const PARALLEL = 4;
const RETRY = { baseMs: 1000, maxMs: 30_000 };

/** Checks objects that may have been deleted: each is read until that succeeds, a few at a time. */
export class Doubts {
  readonly #waiting = new Map<string, () => Promise<void>>();
  #active = 0;

  constructor(private readonly dependencies: { readonly clock: Clock; readonly log: Logger }) {}

  /** Returns at once. `look` reads the object and acts on the result; it may reject with `ClusterError`. */
  raise(uid: string, look: () => Promise<void>): void {
    this.#waiting.set(uid, look);
    this.#next();
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first || this.#active >= PARALLEL) return;
    const [uid, look] = first;
    this.#waiting.delete(uid);
    this.#active += 1;
    void this.#settle(uid, look).finally(() => {
      this.#active -= 1;
      this.#next();
    });
  }

  /** Never rejects. An object that cannot be read is kept: the next operation on it shows whether it exists. */
  async #settle(uid: string, look: () => Promise<void>): Promise<void> {
    const { clock, log } = this.dependencies;
    const logged = async (): Promise<void> => {
      try {
        await look();
      } catch (error) {
        log.warn({ uid, error: String(error) }, "an object that may be gone could not be read");
        throw error;
      }
    };
    await untilServed(logged, { clock, backoff: RETRY }).catch(() => undefined);
  }
}
