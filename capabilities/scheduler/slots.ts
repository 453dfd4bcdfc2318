/** How many probes may run at the same time. Each is at least 1. */
export interface SlotLimits {
  readonly global: number;
  /** Of it a namespace has all but one, and one at least: the last place is for another. */
  readonly perEndpoint: number;
  readonly perNamespace: number;
  /** Without it each caller keeps the place that was granted. */
  readonly slow?: SlowLimits;
}

/** Further places for holders that take long: a silent backend then does not delay the others. */
export interface SlowLimits {
  /** When a holder moves there, if there is room, and makes its first place free. */
  readonly afterMs: number;
  readonly global: number;
  readonly perNamespace: number;
}

export interface SlotRequest {
  readonly namespace: string;
  /** What is dialled, and not how a tenant spells it. */
  readonly endpoint: string;
}

/** Gives the slot back; calling it twice does nothing more. */
export type Release = () => void;

interface Waiter extends SlotRequest {
  grant(): void;
}

/**
 * Slots for running probes. A waiter holds nothing while it waits, so a full endpoint or namespace delays
 * only itself; namespaces take turns, and so do the endpoints within one. Idle keys are forgotten, so
 * memory follows what waits and runs, not what was ever seen.
 */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #quick: Lane;
  readonly #slow: Lane | undefined;
  /** Places that are in every namespace's way: a holder that takes long is in its own namespace's way alone. */
  readonly #byEndpoint = new Map<string, number>();
  /** All places of a namespace at an endpoint: it is not asked more at a time because it is slow. */
  readonly #own = new Map<string, number>();
  /** Insertion order is the order of turns: a served key moves to the end. */
  readonly #waiting = new Map<string, Map<string, Set<Waiter>>>();

  constructor(limits: SlotLimits) {
    this.#limits = limits;
    this.#quick = new Lane(limits);
    this.#slow = limits.slow && new Lane(limits.slow);
  }

  get running(): number {
    const { quick, slow } = this.held;
    return quick + slow;
  }

  /** Places that are held, in general and by those that take long. */
  get held(): { readonly quick: number; readonly slow: number } {
    return { quick: this.#quick.held, slow: this.#slow?.held ?? 0 };
  }

  /** Whether a request waits that there is room for: never between two calls, unless something went wrong. */
  get owes(): boolean {
    return this.#next() !== undefined;
  }

  /** Resolves with a slot when there is one; rejects with the signal's reason when that comes first. */
  async acquire(request: SlotRequest, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    const free = this.tryAcquire(request);
    if (free) return free;
    await this.#wait(request, signal);
    return this.#hold(request);
  }

  /** A slot if one is free now. */
  tryAcquire(request: SlotRequest): Release | undefined {
    if (!this.#hasRoom(request)) return undefined;
    this.#take(request);
    return this.#hold(request);
  }

  /** Holds a slot that was taken. */
  #hold(request: SlotRequest): Release {
    const { namespace, endpoint } = request;
    const { slow } = this.#limits;
    let lane: Lane | undefined = this.#quick;
    let isQuick = true;
    const leaveEndpoint = (): void => {
      if (isQuick) add(this.#byEndpoint, endpoint, -1);
      isQuick = false;
    };
    const moveAside = (): void => {
      leaveEndpoint();
      lane = this.#moveAside(namespace);
      this.#grant();
    };
    const timer = slow && setTimeout(moveAside, slow.afterMs);
    return () => {
      if (!lane) return;
      clearTimeout(timer);
      lane.giveBack(namespace);
      lane = undefined;
      leaveEndpoint();
      add(this.#own, ownKey(request), -1);
      this.#grant();
    };
  }

  #moveAside(namespace: string): Lane {
    if (!this.#slow?.hasRoom(namespace)) return this.#quick;
    this.#quick.giveBack(namespace);
    this.#slow.take(namespace);
    return this.#slow;
  }

  #wait(request: SlotRequest, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#leave(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        ...request,
        grant: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#enter(waiter);
    });
  }

  #enter(waiter: Waiter): void {
    const endpoints = this.#waiting.get(waiter.namespace) ?? new Map<string, Set<Waiter>>();
    this.#waiting.set(waiter.namespace, endpoints);
    const queue = endpoints.get(waiter.endpoint) ?? new Set<Waiter>();
    endpoints.set(waiter.endpoint, queue);
    queue.add(waiter);
  }

  #leave(waiter: Waiter): void {
    const endpoints = this.#waiting.get(waiter.namespace);
    const queue = endpoints?.get(waiter.endpoint);
    queue?.delete(waiter);
    if (queue?.size === 0) endpoints?.delete(waiter.endpoint);
    if (endpoints?.size === 0) this.#waiting.delete(waiter.namespace);
  }

  #take(request: SlotRequest): void {
    this.#quick.take(request.namespace);
    add(this.#byEndpoint, request.endpoint, 1);
    add(this.#own, ownKey(request), 1);
  }

  #grant(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#leave(next);
      this.#rotate(next);
      this.#take(next);
      next.grant();
    }
  }

  #next(): Waiter | undefined {
    if (this.#quick.isFull()) return undefined;
    for (const [namespace, endpoints] of this.#waiting) {
      if (!this.#quick.hasRoom(namespace)) continue;
      for (const [first] of endpoints.values()) {
        if (first && this.#hasRoom(first)) return first;
      }
    }
    return undefined;
  }

  #rotate({ namespace, endpoint }: SlotRequest): void {
    const endpoints = this.#waiting.get(namespace);
    if (!endpoints) return;
    moveToEnd(this.#waiting, namespace);
    moveToEnd(endpoints, endpoint);
  }

  #hasRoom(request: SlotRequest): boolean {
    const { perEndpoint } = this.#limits;
    const atEndpoint = this.#byEndpoint.get(request.endpoint) ?? 0;
    const own = this.#own.get(ownKey(request)) ?? 0;
    const hasRoom = atEndpoint < perEndpoint && own < Math.max(1, perEndpoint - 1);
    return hasRoom && this.#quick.hasRoom(request.namespace);
  }
}

/** A namespace's name has no slash. */
function ownKey({ namespace, endpoint }: SlotRequest): string {
  return `${namespace}/${endpoint}`;
}

/** Places, counted all together and by namespace. */
class Lane {
  readonly #byNamespace = new Map<string, number>();
  #held = 0;

  constructor(private readonly limits: Pick<SlotLimits, "global" | "perNamespace">) {}

  get held(): number {
    return this.#held;
  }

  isFull(): boolean {
    return this.#held >= this.limits.global;
  }

  hasRoom(namespace: string): boolean {
    return !this.isFull() && (this.#byNamespace.get(namespace) ?? 0) < this.limits.perNamespace;
  }

  take(namespace: string): void {
    this.#held += 1;
    add(this.#byNamespace, namespace, 1);
  }

  giveBack(namespace: string): void {
    this.#held -= 1;
    add(this.#byNamespace, namespace, -1);
  }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function moveToEnd<V>(map: Map<string, V>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}
