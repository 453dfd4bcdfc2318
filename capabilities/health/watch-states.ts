import { Deadlines } from "../lib/deadlines";

/** Deadline of a list, longer than one of tens of thousands of objects takes on a busy API server. */
const LIST_WITHIN_MS = 60_000;

interface State {
  listed: boolean;
  synced: boolean;
  open: boolean;
  /** Running lists, by their request. */
  readonly lists: Deadlines<object>;
}

/**
 * State of the watches of the operator's kinds, by plural. A watch is synced once it had every object that existed: from
 * a list that was read to its end and a stream that is open, or from a stream that begins with the objects.
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

  /** A list was requested. The framework opens no watch before it ends, however long that takes. */
  listing(plural: string, request: object): void {
    this.#states.get(plural)?.lists.start(request, LIST_WITHIN_MS);
  }

  /** The list ended, successfully or not. */
  listEnded(plural: string, request: object): void {
    this.#states.get(plural)?.lists.end(request);
  }

  /** Advances the time, and returns how many lists are past their deadline. */
  overdueLists(plural: string, elapsedMs: number): number {
    return this.#states.get(plural)?.lists.overdue(elapsedMs) ?? 0;
  }

  /** A list was read to its end. */
  listed(plural: string): void {
    const state = this.#states.get(plural);
    if (!state) return;
    state.listed = true;
    state.synced ||= state.open;
  }

  /** A stream of events was opened. `complete`: the API server begins it with every object that exists. */
  opened(plural: string, complete: boolean): void {
    const state = this.#states.get(plural);
    if (!state) return;
    state.open = true;
    state.synced ||= state.listed || complete;
  }

  /** The stream ended for any reason, or another one is about to replace it. */
  closed(plural: string): void {
    const state = this.#states.get(plural);
    if (state) state.open = false;
  }

  isOpen(plural: string): boolean {
    return this.#states.get(plural)?.open ?? false;
  }

  /** Plurals whose first sync is pending; stays empty once all are synced. */
  unsynced(): string[] {
    return this.plurals.filter((plural) => !this.#states.get(plural)?.synced);
  }
}
