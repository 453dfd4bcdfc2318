import type { Outcome, Progress } from "../../../../capabilities/domain/outcome";
import type { RunOutcome, RunRequest } from "../../../../capabilities/scheduler/probe-run";
import {
  SharedProbes,
  type Participant,
  type ProbeRequest,
  type RunProbe,
} from "../../../../capabilities/scheduler/shared-probes";
import { turn } from "./runs";

export const REQUEST: ProbeRequest = {
  target: { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" },
  timeoutSeconds: 10,
  retryLimit: 0,
  seen: { uid: "sink", generation: 1 },
};
export const OUTCOME: RunOutcome = { startedAt: 0, completedAt: 1, attempts: 1, waitedMs: 0, secrets: [] };

interface Running {
  readonly request: RunRequest;
  readonly signal: AbortSignal;
  report(progress: Progress): void;
  /** Gives the outcome; the session stays open until `close`. */
  end(): Promise<void>;
  close(): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A test that waits for its probe, and what it was told. */
interface Waiting {
  readonly outcome: Promise<Outcome>;
  readonly heard: Progress[];
  readonly left: object[];
  leave(): Promise<void>;
}

interface World {
  readonly probes: SharedProbes;
  readonly runs: Running[];
  readonly outcomes: (readonly [ProbeRequest, Outcome])[];
  join(given?: Partial<ProbeRequest>): Waiting;
}

/** Shared probes whose runs end as the test says. */
export function sharedProbes(maxPerSink = 1): World {
  const runs: Running[] = [];
  const outcomes: (readonly [ProbeRequest, Outcome])[] = [];
  const run: RunProbe = (request, report, signal) =>
    new Promise((resolve, reject) => {
      let close: () => void = () => undefined;
      const closed = new Promise<void>((done) => (close = done));
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      const end = (): Promise<void> => (resolve({ outcome: OUTCOME, closed }), turn());
      const fail = (error: Error): Promise<void> => (reject(error), turn());
      runs.push({ request, report, signal, end, fail, close: () => (close(), turn()) });
    });
  const probes = new SharedProbes(run, maxPerSink, (request, outcome) => {
    outcomes.push([request, outcome]);
  });
  const join = (given: Partial<ProbeRequest> = {}): Waiting => {
    const abort = new AbortController();
    const [heard, left]: [Progress[], object[]] = [[], []];
    const participant: Participant = {
      signal: abort.signal,
      progress: (progress) => void heard.push(progress),
      left: (dialled, shared) => void left.push({ ...dialled, ...shared }),
    };
    const outcome = probes.join({ ...REQUEST, ...given }, participant);
    outcome.catch(() => undefined); // some tests look at it later
    return { outcome, heard, left, leave: () => (abort.abort(new Error("it left")), turn()) };
  };
  return { probes, runs, outcomes, join };
}
