interface State {
  listed: boolean;
  synced: boolean;
  open: boolean;
}

/**
 * How the watches of our kinds stand, by plural. A watch is synced once its first stream was answered after a list
 * that was read to its end: by then every object of that list has been handed to its handler.
 */
export class WatchStates {
  readonly #states: ReadonlyMap<string, State>;

  constructor(plurals: readonly string[]) {
    this.#states = new Map(plurals.map((plural) => [plural, { listed: false, synced: false, open: false }]));
  }

  get plurals(): readonly string[] {
    return [...this.#states.keys()];
  }

  /** A list was answered and read to its end. */
  listed(plural: string): void {
    const state = this.#states.get(plural);
    if (state) state.listed = true;
  }

  /** A stream of events was answered. */
  opened(plural: string): void {
    const state = this.#states.get(plural);
    if (!state) return;
    state.open = true;
    state.synced ||= state.listed;
  }

  /** The stream ended, in whatever way, or another one is about to take its place. */
  closed(plural: string): void {
    const state = this.#states.get(plural);
    if (state) state.open = false;
  }

  isOpen(plural: string): boolean {
    return this.#states.get(plural)?.open ?? false;
  }

  /** Whose first sync is still to come; empty for good once all are there. */
  unsynced(): string[] {
    return this.plurals.filter((plural) => !this.#states.get(plural)?.synced);
  }
}
