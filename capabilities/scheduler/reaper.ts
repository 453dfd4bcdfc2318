import type { KollectConnectionTest } from "../api/types";
import { decide } from "../domain/decide";
import type { Cluster, Logger, ObjectRef } from "../domain/ports";
import type { AlarmClock } from "../lib/clock";
import { backoffMs } from "../lib/backoff";
import { TimeQueue } from "../lib/time-queue";

export interface ReaperDependencies {
  readonly cluster: Pick<Cluster, "getTest" | "deleteTest">;
  readonly clock: AlarmClock;
  readonly log: Logger;
  readonly maxTimeoutSeconds: number;
  /** Called with a test that turned out to be no longer due: its spec or annotation changed. */
  readonly changed: (test: KollectConnectionTest) => void;
  /** Called after a deletion by the reaper, with the milliseconds since the end of the test's time to live. */
  readonly deleted: (test: ObjectRef, lateMs: number) => void;
  /** Called after a failed deletion, which is retried. */
  readonly failed: () => void;
  /** Called with a test that no longer exists, whatever deleted it. */
  readonly gone: (uid: string) => void;
}

interface Held {
  readonly ref: ObjectRef;
  readonly generation: number;
  /** Infinity for a retained test. */
  readonly at: number;
  readonly failures: number;
}

/** Maximum number of parallel deletions; with a read before each it bounds the load when many tests expire together. */
const PARALLEL = 8;
const RESCHEDULED = new DOMException("Another test is due first.", "AbortError");
const RETRY = { baseMs: 1000, maxMs: 60_000 };

/**
 * Keeps every finished test until its time to live is over and then deletes it, after another read and with UID and
 * resourceVersion preconditions. One timer serves all tests. It also records which generations have a verdict, so that
 * a late watch event from before the verdict is recognized.
 */
export class Reaper {
  readonly #held = new Map<string, Held>();
  readonly #queue = new TimeQueue<Held>();
  #active = 0;
  #wait = new AbortController();
  #wakesAt = Infinity;

  constructor(private readonly dependencies: ReaperDependencies) {}

  get size(): number {
    return this.#held.size;
  }

  /** Whether a test is due, could be deleted now, and is not being deleted. */
  get isLate(): boolean {
    const next = this.#queue.peek();
    return next !== undefined && this.#active < PARALLEL && next.at <= this.dependencies.clock.now();
  }

  /** The newest generation of the object that is known to have a verdict; undefined when none is. */
  finishedGeneration(uid: string): number | undefined {
    return this.#held.get(uid)?.generation;
  }

  /** @param at milliseconds since the epoch; Infinity to keep the object */
  hold(ref: ObjectRef, generation: number, at: number): void {
    this.#put({ ref, generation, at, failures: 0 });
  }

  forget(uid: string): void {
    this.#held.delete(uid);
  }

  #put(held: Held): void {
    const before = this.#held.get(held.ref.uid);
    if (before?.at === held.at && before.generation === held.generation) return;
    this.#held.set(held.ref.uid, held);
    if (held.at === Infinity) return;
    this.#queue.push(held.at, held);
    if (this.#queue.size > 2 * this.#held.size + 1024) this.#compact();
    this.#work();
  }

  /** Removes entries of tests that were deleted by hand or have a new time: until now they stayed in the queue. */
  #compact(): void {
    this.#queue.clear();
    for (const held of this.#held.values()) {
      if (held.at !== Infinity) this.#queue.push(held.at, held);
    }
  }

  /** Starts the deletions that are due, and sleeps until the next one is. */
  #work(): void {
    const now = this.dependencies.clock.now();
    while (this.#active < PARALLEL) {
      const next = this.#queue.peek();
      if (!next || next.at > now) break;
      this.#queue.pop();
      if (this.#isCurrent(next.value)) this.#start(next.value);
    }
    const next = this.#queue.peek();
    this.#wakeAt(next && this.#active < PARALLEL ? next.at : Infinity);
  }

  /** Replaces the current wait; Infinity only ends it. */
  #wakeAt(at: number): void {
    if (at === this.#wakesAt) return;
    this.#wait.abort(RESCHEDULED);
    this.#wakesAt = at;
    if (at === Infinity) return;
    this.#wait = new AbortController();
    const awake = (): void => {
      this.#wakesAt = Infinity;
      this.#work();
    };
    this.dependencies.clock.sleepUntil(at, this.#wait.signal).then(awake, () => undefined);
  }

  #start(held: Held): void {
    this.#active += 1;
    void this.#end(held)
      .catch((error: unknown) => this.#retry(held, error))
      .finally(() => {
        this.#active -= 1;
        this.#work();
      });
  }

  async #end(held: Held): Promise<void> {
    const { cluster, clock, maxTimeoutSeconds } = this.dependencies;
    const { namespace, name, uid } = held.ref;
    const test = await cluster.getTest(namespace, name);
    if (!test || test.metadata.uid !== uid) return this.#gone(uid);
    // State that arrived meanwhile may be newer than this response, and has its own time.
    if (!this.#isCurrent(held)) return;
    const now = clock.now();
    const decision = decide(test, maxTimeoutSeconds, now);
    if (decision.do !== "expire" || decision.at > now) {
      this.forget(uid);
      return this.dependencies.changed(test);
    }
    const resourceVersion = test.metadata.resourceVersion ?? "";
    const result = await cluster.deleteTest({ ...held.ref, resourceVersion });
    if (result === "superseded") return this.#put({ ...held, at: now + 1 });
    this.#gone(uid);
    if (result === "written") this.dependencies.deleted(held.ref, clock.now() - decision.at);
  }

  #gone(uid: string): void {
    this.forget(uid);
    this.dependencies.gone(uid);
  }

  /** Whether the entry is still held: an event may have removed or replaced it, also during the deletion. */
  #isCurrent(held: Held): boolean {
    return this.#held.get(held.ref.uid) === held;
  }

  #retry(held: Held, error: unknown): void {
    const failures = held.failures + 1;
    this.dependencies.failed();
    this.dependencies.log.warn(
      { ...held.ref, error: String(error) },
      "a finished test was not deleted; will try again",
    );
    if (!this.#isCurrent(held)) return;
    this.#put({ ...held, failures, at: this.dependencies.clock.now() + backoffMs(failures, RETRY) });
  }
}
