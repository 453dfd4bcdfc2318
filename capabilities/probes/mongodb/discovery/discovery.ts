import { setTimeout as sleep } from "node:timers/promises";
import { FailureError } from "../../../domain/failure";
import type { DialTarget } from "../../net/dialler";
import type { Member } from "./member";
import type { Topology } from "./topology";

/** How long to wait for one server before the next one is tried in parallel, in milliseconds. */
const NEXT_SERVER_MS = 500;
/** Maximum number of parallel attempts. */
const MAX_ASKED = 4;
/** Pause between two rounds; the driver's own `minHeartbeatFrequencyMS`. */
const NEXT_ROUND_MS = 500;

export interface DiscoveryOptions {
  readonly signal: AbortSignal;
  /** How long a replica set without a primary is retried, in milliseconds. */
  readonly patienceMs: number;
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
  const search = new Search(topology, open);
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

  constructor(
    private readonly topology: Topology,
    private readonly open: (target: DialTarget, signal: AbortSignal) => Promise<Member>,
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
      await this.#round();
      if (this.#found) return this.#found;
      const dead = this.topology.dead();
      if (dead) throw dead;
      if (performance.now() - startedAt + NEXT_ROUND_MS > patienceMs) throw this.topology.withoutPrimary();
      await sleep(NEXT_ROUND_MS, undefined, { signal: this.#stopped.signal });
      this.topology.again();
    }
  }

  /** Tries all hosts that were not tried yet, one after the other unless one is slow. */
  async #round(): Promise<void> {
    for (;;) {
      const target = this.#running.size < MAX_ASKED ? this.topology.next() : undefined;
      if (target) this.#start(target);
      else if (this.#running.size === 0) return;
      await this.#oneSettled(target ? NEXT_SERVER_MS : undefined);
      this.#stopped.signal.throwIfAborted();
      if (this.#unexpected) throw this.#unexpected;
      if (this.#found) return;
    }
  }

  #start(target: DialTarget): void {
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
