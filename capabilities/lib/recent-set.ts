/** Remembers the last so many values, and forgets the oldest first. */
export class RecentSet<T> {
  readonly #values = new Set<T>();

  /** @param size how many are remembered */
  constructor(private readonly size: number) {}

  has(value: T): boolean {
    return this.#values.has(value);
  }

  add(value: T): void {
    this.#values.add(value);
    if (this.#values.size <= this.size) return;
    for (const oldest of this.#values) {
      this.#values.delete(oldest);
      return;
    }
  }
}
