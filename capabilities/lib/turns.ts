/** Releases the turn; further calls have no effect. */
export type GiveBack = () => void;

interface Waiter {
  readonly key: string;
  grant(): void;
}

export interface TurnLimits {
  /** Maximum number of turns at the same time, at least 1. */
  readonly total: number;
  /** Maximum number of these with the same key, at least 1. */
  readonly perKey: number;
}

/**
 * Turns for an operation that only a few callers may run at a time. The next turn goes to the key with the fewest
 * turns, and among these to the longest wait: however many wait with one key, another key waits for a turn or two.
 */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #held = new Map<string, number>();
  readonly #waiting = new Set<Waiter>();
  #total = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves when a turn is available; rejects with the signal's reason if it aborts first. */
  async take(key: string, signal: AbortSignal): Promise<GiveBack> {
    signal.throwIfAborted();
    if (this.#hasRoom(key)) this.#add(key, 1);
    else await this.#wait(key, signal);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#add(key, -1);
      this.#grant();
    };
  }

  #wait(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      const grant = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const waiter: Waiter = { key, grant };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  #grant(): void {
    const able = [...this.#waiting].filter(({ key }) => this.#hasRoom(key));
    const fewest = Math.min(...able.map(({ key }) => this.#heldBy(key)));
    const next = able.find(({ key }) => this.#heldBy(key) === fewest);
    if (!next) return;
    this.#waiting.delete(next);
    // Counted before the waiter runs, so that no other caller takes the turn in between.
    this.#add(next.key, 1);
    next.grant();
  }

  #hasRoom(key: string): boolean {
    return this.#total < this.#limits.total && this.#heldBy(key) < this.#limits.perKey;
  }

  #heldBy(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  #add(key: string, by: number): void {
    const count = this.#heldBy(key) + by;
    this.#total += by;
    if (count === 0) this.#held.delete(key);
    else this.#held.set(key, count);
  }
}
