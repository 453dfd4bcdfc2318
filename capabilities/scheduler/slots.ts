/** Maximum numbers of probes that run at the same time. Each is at least 1. */
export interface SlotLimits {
  readonly global: number;
  /** A single namespace gets all of these slots but one (at least one): the last is reserved for other namespaces. */
  readonly perEndpoint: number;
  readonly perNamespace: number;
  /** Without it each holder keeps its first slot. */
  readonly slow?: SlowLimits;
}

/** Further slots for holders that take long, so that a backend that does not respond does not delay the others. */
export interface SlowLimits {
  /** Time in milliseconds after which a holder moves to a free slot of these and releases its first slot. */
  readonly afterMs: number;
  readonly global: number;
  readonly perNamespace: number;
}

export interface SlotRequest {
  readonly namespace: string;
  /** The dialled target, independent of a tenant's spelling. */
  readonly endpoint: string;
}

/** Releases the slot; further calls have no effect. */
export type Release = () => void;

interface Waiter extends SlotRequest {
  grant(): void;
}

/**
 * Slots for running probes. A waiter holds nothing while it waits, so a full endpoint or namespace delays
 * only itself; namespaces take turns, and so do the endpoints within one. Idle keys are removed, so
 * memory depends on what waits and runs now.
 */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #quick: Lane;
  readonly #slow: Lane | undefined;
  /** Slots that count against all namespaces: a holder that takes long counts only against its own namespace. */
  readonly #byEndpoint = new Map<string, number>();
  /** All slots of a namespace at an endpoint: a slow endpoint does not get more probes at a time. */
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

  /** Number of held slots: the general ones, and those for holders that take long. */
  get held(): { readonly quick: number; readonly slow: number } {
    return { quick: this.#quick.held, slow: this.#slow?.held ?? 0 };
  }

  /** Whether a request waits although there is a slot for it: between two calls, this is true only after a fault. */
  get owes(): boolean {
    return this.#next() !== undefined;
  }

  /** Resolves when a slot is available; rejects with the signal's reason if it aborts first. */
  async acquire(request: SlotRequest, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    const free = this.tryAcquire(request);
    if (free) return free;
    await this.#wait(request, signal);
    return this.#hold(request);
  }

  /** Returns a slot if one is free now. */
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

/** Slots, counted in total and by namespace. */
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
