/** Deadlines of operations that must end by themselves, to detect those that do not. */
export class Deadlines<Key> {
  readonly #leftMs = new Map<Key, number>();

  get size(): number {
    return this.#leftMs.size;
  }

  start(key: Key, ms: number): void {
    this.#leftMs.set(key, ms);
  }

  has(key: Key): boolean {
    return this.#leftMs.has(key);
  }

  end(key: Key): void {
    this.#leftMs.delete(key);
  }

  /** Advances the time, and returns how many deadlines have passed. */
  overdue(elapsedMs: number): number {
    let count = 0;
    for (const [key, before] of this.#leftMs) {
      const left = before - elapsedMs;
      this.#leftMs.set(key, left);
      if (left < 0) count += 1;
    }
    return count;
  }
}
