import type { EventDraft } from "../domain/ports";
import { eventKey } from "../kube/event-object";

/**
 * Queue of at most `size` different Events. Namespaces take turns. When the queue is full, the namespace with the most
 * Events loses one, so that no namespace can crowd out another.
 */
export class EventQueue {
  /** By namespace and key. Insertion order is the order of turns: a served namespace moves to the end. */
  readonly #waiting = new Map<string, Map<string, EventDraft>>();
  #length = 0;

  constructor(private readonly size: number) {}

  get length(): number {
    return this.#length;
  }

  /** Adds an Event, or its count to the same queued Event. Returns the Event that was dropped, perhaps the new one. */
  add(event: EventDraft): EventDraft | undefined {
    const { namespace } = event.regarding;
    const own = this.#waiting.get(namespace) ?? new Map<string, EventDraft>();
    const key = eventKey(event);
    const queued = own.get(key);
    const dropped = !queued && this.#length >= this.size ? this.#makeRoom(own.size) : undefined;
    if (dropped === "none") return event;
    if (!queued) this.#length += 1;
    this.#waiting.set(
      namespace,
      own.set(key, { ...event, count: (queued?.count ?? 0) + (event.count ?? 1) }),
    );
    return dropped;
  }

  /** Takes the oldest Event of the namespace whose turn it is. */
  next(): EventDraft | undefined {
    for (const [namespace, own] of this.#waiting) {
      this.#waiting.delete(namespace);
      for (const [key, event] of own) {
        own.delete(key);
        this.#length -= 1;
        if (own.size > 0) this.#waiting.set(namespace, own);
        return event;
      }
    }
    return undefined;
  }

  /** Drops the newest Event of the namespace that has the most, if that is more than `own`. */
  #makeRoom(own: number): EventDraft | "none" {
    const [namespace, most] = [...this.#waiting].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    const newest = [...most].at(-1);
    if (!newest || most.size <= own) return "none";
    const [key, event] = newest;
    most.delete(key);
    if (most.size === 0) this.#waiting.delete(namespace);
    this.#length -= 1;
    return event;
  }
}
