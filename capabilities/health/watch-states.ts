import { Deadlines } from "../lib/deadlines";

/** Longer than a list of tens of thousands takes on a busy API server. */
const LIST_WITHIN_MS = 60_000;

interface State {
  listed: boolean;
  synced: boolean;
  open: boolean;
  /** Lists under way, by their request. */
  readonly lists: Deadlines<object>;
}

/**
 * How the watches of our kinds stand, by plural. A watch is synced once its first stream was answered after a list
 * that was read to its end: by then every object of that list has been handed to its handler.
 */
export class WatchStates {
  readonly #states: ReadonlyMap<string, State>;

  constructor(plurals: readonly string[]) {
    this.#states = new Map(
      plurals.map((plural) => [
        plural,
        { listed: false, synced: false, open: false, lists: new Deadlines() },
      ]),
    );
  }

  get plurals(): readonly string[] {
    return [...this.#states.keys()];
  }

  /** A list was asked for. The framework opens no watch before it ends, however long that takes. */
  listing(plural: string, request: object): void {
    this.#states.get(plural)?.lists.start(request, LIST_WITHIN_MS);
  }

  /** The list is over, in whatever way. */
  listEnded(plural: string, request: object): void {
    this.#states.get(plural)?.lists.end(request);
  }

  /** Lets time pass, and says for how many lists none is left. */
  overdueLists(plural: string, elapsedMs: number): number {
    return this.#states.get(plural)?.lists.overdue(elapsedMs) ?? 0;
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
