import { setTimeout as sleep } from "node:timers/promises";
import { FailureError } from "../../../domain/failure";
import type { DialTarget } from "../../net/dialler";
import type { Member } from "./member";
import type { Topology } from "./topology";

/** How long to wait for one server before the next one is tried in parallel, in milliseconds. */
const NEXT_SERVER_MS = 500;
/** Maximum number of parallel attempts. */
const MAX_ASKED = 4;
/** Shortest pause between two rounds; the driver's own `minHeartbeatFrequencyMS`. */
const NEXT_ROUND_MS = 500;
/** Pause for each server of the round before, in milliseconds: servers that name many others are asked less often. */
const PAUSE_PER_SERVER_MS = 50;
/**
 * Maximum number of connections of one search, because servers choose which addresses are dialled. Three members can
 * be asked for 50 seconds, and 50 members six times.
 */
const MAX_OPENED = 300;

export interface DiscoveryOptions {
  readonly signal: AbortSignal;
  /** How long a replica set without a primary is retried, in milliseconds. */
  readonly patienceMs: number;
  /** Maximum number of connections; absent means the default. */
  readonly maxOpened?: number;
}

/**
 * Tries the servers of a deployment until one accepts writes. Settles as soon as a retry cannot help: when
 * no server answers, or the primary that the others name can never be reached. Rejects with `FailureError` or the
 * signal's reason; every other connection is closed then and no request is open.
 * @param open connects to a server and requests its hello; must stop when its signal aborts
 */
export async function findServer(
  topology: Topology,
  open: (target: DialTarget, signal: AbortSignal) => Promise<Member>,
  options: DiscoveryOptions,
): Promise<Member> {
  const search = new Search(topology, open, options.maxOpened);
  const { signal } = options;
  const onAbort = (): void => search.stop(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await search.run(options.patienceMs);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    search.stop(new Error("the search is over"));
    await search.settled();
  }
}

class Search {
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #found: Member | undefined;
  #unexpected: Error | undefined;
  #opened = 0;

  constructor(
    private readonly topology: Topology,
    private readonly open: (target: DialTarget, signal: AbortSignal) => Promise<Member>,
    private readonly maxOpened: number = MAX_OPENED,
  ) {}

  stop(reason: Error): void {
    this.#stopped.abort(reason);
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async run(patienceMs: number): Promise<Member> {
    const startedAt = performance.now();
    for (;;) {
      const before = this.#opened;
      await this.#round();
      if (this.#found) return this.#found;
      const dead = this.topology.dead();
      if (dead) throw dead;
      const pauseMs = Math.max(NEXT_ROUND_MS, PAUSE_PER_SERVER_MS * (this.#opened - before));
      const isOver = performance.now() - startedAt + pauseMs > patienceMs;
      if (isOver || this.#opened >= this.maxOpened) throw this.topology.withoutPrimary();
      await sleep(pauseMs, undefined, { signal: this.#stopped.signal });
      this.topology.again();
    }
  }

  /** Tries all hosts that were not tried yet, one after the other unless one is slow. */
  async #round(): Promise<void> {
    for (;;) {
      const mayOpen = this.#running.size < MAX_ASKED && this.#opened < this.maxOpened;
      const target = mayOpen ? this.topology.next() : undefined;
      if (target) this.#start(target);
      else if (this.#running.size === 0) return;
      await this.#oneSettled(target ? NEXT_SERVER_MS : undefined);
      this.#stopped.signal.throwIfAborted();
      if (this.#unexpected) throw this.#unexpected;
      if (this.#found) return;
    }
  }

  #start(target: DialTarget): void {
    this.#opened += 1;
    const asking = this.#ask(target).finally(() => this.#running.delete(asking));
    this.#running.add(asking);
  }

  async #ask(target: DialTarget): Promise<void> {
    try {
      const member = await this.open(target, this.#stopped.signal);
      if (!this.#found && this.topology.heard(target, member.hello)) this.#found = member;
      else member.connection.destroy();
    } catch (error) {
      if (error instanceof FailureError) this.topology.failed(target, error);
      else this.#unexpected = error as Error;
    }
  }

  async #oneSettled(withinMs: number | undefined): Promise<void> {
    const over = new AbortController();
    const late = withinMs === undefined ? [] : [sleep(withinMs, undefined, { signal: over.signal })];
    try {
      await Promise.race([...this.#running, ...late]);
    } finally {
      over.abort();
      await Promise.allSettled(late);
    }
  }
}
