/** What has to be over by itself within a promised time, to notice when it is not. */
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

  /** Lets time pass, and says for how many none is left. */
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
