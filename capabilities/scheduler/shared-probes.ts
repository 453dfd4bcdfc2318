import { randomUUID } from "node:crypto";
import type { SinkRevision } from "../domain/identity";
import type { Dialled, Outcome, Progress } from "../domain/outcome";
import type { EndedRun, RunRequest } from "./probe-run";

/** The properties by which two tests can share a probe. */
export interface ProbeRequest extends RunRequest {
  /** The sink's revision when the test was observed; undefined when the sink was not known. */
  readonly seen: SinkRevision | undefined;
}

/** A test or sink that waits for the outcome. */
export interface Participant {
  /** Its abort ends the participation: the probe continues for the others, and ends when none is left. */
  readonly signal: AbortSignal;
  /** Called with the run's progress when that is worth a report: see {@link SharedProbes}. */
  progress(progress: Progress): void;
  /** Called with what was dialled when it gets no outcome; not called when nothing was dialled. */
  left(dialled: Dialled, shared: Pick<Outcome, "probeId" | "sharedBy">): void;
}

export type RunProbe = (
  request: RunRequest,
  report: (progress: Progress) => void,
  signal: AbortSignal,
) => Promise<EndedRun>;

/** Duration after which a run reports progress, in milliseconds; most runs are over before. */
export const PROGRESS_AFTER_MS = 500;

/** A burst: this many tests wait for a sink's next probe when a probe of it ends. */
export const BURST_FROM = 4;
/** A burst is over when no test has joined for this long, in milliseconds. */
export const LULL_MS = 40;
/** How long the first test of a burst waits for others at most, in milliseconds. */
export const GATHER_MS = 500;

interface Seat {
  readonly participant: Participant;
  resolve(outcome: Outcome): void;
  reject(reason: unknown): void;
}

interface Shared {
  readonly id: string;
  readonly request: ProbeRequest;
  readonly seats: Set<Seat>;
  readonly abort: AbortController;
  /** Number of all participants, including those that left. */
  joined: number;
  /** When the first and the last participant joined, of `performance.now()`. */
  readonly firstJoinedAt: number;
  lastJoinedAt: number;
  slow: boolean;
  /** Set once its first attempt has begun. */
  dialled?: Dialled;
  said?: string;
  timer?: NodeJS.Timeout;
}

interface Lane {
  readonly running: Set<Shared>;
  pending?: Shared;
  /** Set while the pending probe waits for the rest of a burst. */
  gathering?: NodeJS.Timeout;
}

/**
 * Shares one probe among tests of the same sink with the same limits. A test joins only a probe that has not started,
 * so that everything in its verdict was read after the request. While a probe runs, new tests wait for the next one,
 * which starts when the running one is over and has closed its connections, or in parallel when that one is slow. In a
 * burst it first waits for a lull of {@link LULL_MS}, at most {@link GATHER_MS} from its first test: without that, probes
 * that follow one another take more of the sink's server and of this process than the tests themselves.
 *
 * Progress is reported at once in grace and backoff, and otherwise when the run is not over after
 * {@link PROGRESS_AFTER_MS}. Every participant gets the outcome or its own signal's reason.
 */
export class SharedProbes {
  readonly #lanes = new Map<string, Lane>();

  constructor(
    private readonly run: RunProbe,
    private readonly maxPerSink: number,
    /** Called with the outcome of every probe, once however many tests share it; must not throw. */
    private readonly onOutcome: (request: ProbeRequest, outcome: Outcome) => void = () => undefined,
  ) {}

  /** Number of different requests for which a probe waits or runs; memory depends on it. */
  get size(): number {
    return this.#lanes.size;
  }

  /** Number of probes that have started and not ended. */
  get executing(): number {
    let sum = 0;
    for (const { running } of this.#lanes.values()) sum += running.size;
    return sum;
  }

  /** Number of participants that wait for a probe to start, and number that wait for one to end. */
  count(): { waiting: number; running: number } {
    const sum = { waiting: 0, running: 0 };
    for (const lane of this.#lanes.values()) {
      sum.waiting += lane.pending?.seats.size ?? 0;
      for (const shared of lane.running) sum.running += shared.seats.size;
    }
    return sum;
  }

  join(request: ProbeRequest, participant: Participant): Promise<Outcome> {
    const { signal } = participant;
    if (signal.aborted) return Promise.reject(signal.reason);
    const key = keyOf(request);
    const lane = this.#lanes.get(key) ?? { running: new Set() };
    this.#lanes.set(key, lane);
    lane.pending ??= newShared(request);
    const outcome = this.#sit(key, lane.pending, participant);
    this.#startNext(key);
    return outcome;
  }

  #sit(key: string, shared: Shared, participant: Participant): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const { signal } = participant;
      const onAbort = (): void => {
        shared.seats.delete(seat);
        sayLeft(seat, shared);
        reject(signal.reason);
        if (shared.seats.size === 0) this.#abandon(key, shared, signal.reason);
      };
      const leave = (): void => signal.removeEventListener("abort", onAbort);
      const seat: Seat = {
        participant,
        resolve: (outcome) => (leave(), resolve(outcome)),
        reject: (reason) => (leave(), reject(reason)),
      };
      signal.addEventListener("abort", onAbort, { once: true });
      shared.seats.add(seat);
      shared.joined += 1;
      shared.lastJoinedAt = performance.now();
    });
  }

  #abandon(key: string, shared: Shared, reason: unknown): void {
    shared.abort.abort(reason);
    const lane = this.#lanes.get(key);
    if (lane?.pending === shared) {
      delete lane.pending;
      stopGathering(lane);
    }
    this.#forgetIdle(key);
  }

  #startNext(key: string): void {
    const lane = this.#lanes.get(key);
    const shared = lane?.pending;
    if (!lane || !shared || !this.#mayStart(lane)) return;
    delete lane.pending;
    lane.running.add(shared);
    void this.#execute(key, shared).finally(() => {
      clearTimeout(shared.timer);
      lane.running.delete(shared);
      this.#gather(key, lane);
      this.#forgetIdle(key);
    });
  }

  /** Starts the next probe, in a burst after the lull. */
  #gather(key: string, lane: Lane): void {
    stopGathering(lane);
    const restMs = lane.pending ? gatherMs(lane.pending) : 0;
    if (restMs > 0) lane.gathering = setTimeout(() => this.#gather(key, lane), restMs);
    else this.#startNext(key);
  }

  #mayStart({ running, gathering }: Lane): boolean {
    return !gathering && running.size < this.maxPerSink && [...running].every(({ slow }) => slow);
  }

  async #execute(key: string, shared: Shared): Promise<void> {
    try {
      const run = await this.run(
        shared.request,
        (progress) => this.#hear(key, shared, progress),
        shared.abort.signal,
      );
      const outcome = { ...run.outcome, probeId: shared.id, sharedBy: shared.joined };
      for (const seat of shared.seats) seat.resolve(outcome);
      shared.seats.clear();
      this.onOutcome(shared.request, outcome);
      await run.closed;
    } catch (error) {
      for (const seat of shared.seats) {
        sayLeft(seat, shared);
        seat.reject(error);
      }
    }
  }

  #hear(key: string, shared: Shared, progress: Progress): void {
    clearTimeout(shared.timer);
    shared.dialled = progress.dialled ?? shared.dialled;
    const tell = (): void => this.#tell(key, shared, progress);
    if (progress.reason === "Probing") shared.timer = setTimeout(tell, PROGRESS_AFTER_MS);
    else tell();
  }

  #tell(key: string, shared: Shared, progress: Progress): void {
    const said = JSON.stringify(progress);
    if (shared.said !== said) {
      shared.said = said;
      for (const { participant } of shared.seats) participant.progress(progress);
    }
    shared.slow = true;
    this.#startNext(key);
  }

  #forgetIdle(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane && !lane.pending && lane.running.size === 0) this.#lanes.delete(key);
  }
}

function sayLeft({ participant }: Seat, { dialled, id, joined }: Shared): void {
  if (dialled) participant.left(dialled, { probeId: id, sharedBy: joined });
}

/** How much longer a pending probe waits for the rest of a burst, in milliseconds. */
function gatherMs({ seats, firstJoinedAt, lastJoinedAt }: Shared): number {
  if (seats.size < BURST_FROM) return 0;
  return Math.min(lastJoinedAt + LULL_MS, firstJoinedAt + GATHER_MS) - performance.now();
}

function stopGathering(lane: Lane): void {
  clearTimeout(lane.gathering);
  delete lane.gathering;
}

function newShared(request: ProbeRequest): Shared {
  const now = performance.now();
  return {
    id: randomUUID(),
    request,
    seats: new Set(),
    abort: new AbortController(),
    joined: 0,
    firstJoinedAt: now,
    lastJoinedAt: now,
    slow: false,
  };
}

function keyOf({ target, seen, timeoutSeconds, retryLimit }: ProbeRequest): string {
  return JSON.stringify([
    target.kind,
    target.namespace,
    target.name,
    seen?.uid,
    seen?.generation,
    timeoutSeconds,
    retryLimit,
  ]);
}
