/** Map of a bounded size that drops the least recently set key first. */
export class RecentMap<Key, Value> {
  readonly #values = new Map<Key, Value>();

  /** @param size maximum number of keys */
  constructor(private readonly size: number) {}

  has(key: Key): boolean {
    return this.#values.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  set(key: Key, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.size) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }
}
