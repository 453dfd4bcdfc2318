import { vi } from "vitest";
import type { ConnectionTestStatus, KollectConnectionTest } from "../../../../capabilities/api/types";
import type { AbortedRun, Outcome, Verdict } from "../../../../capabilities/domain/outcome";
import type { WriteResult } from "../../../../capabilities/domain/ports";
import { systemClock } from "../../../../capabilities/lib/clock";
import type { Participant, ProbeRequest } from "../../../../capabilities/scheduler/shared-probes";
import { SinkIndex } from "../../../../capabilities/scheduler/sink-index";
import { TestRuns } from "../../../../capabilities/scheduler/test-runs";
import { makeTest } from "../../../fixtures/make-test";
import { memoryLog } from "../../kube/http/peer";

type Read = (signal: AbortSignal | undefined) => Promise<KollectConnectionTest | undefined>;
type Write = (signal: AbortSignal | undefined) => Promise<WriteResult>;

/** A probe that a run waits for. It ends as the test says, or with the run. */
interface Joined {
  readonly request: ProbeRequest;
  readonly participant: Participant;
  end(outcome: Outcome): void;
  fail(error: Error): void;
}

/** Runs of tests over ports in memory, which record what they are asked. Use it with fake timers. */
export class RunsBench {
  readonly probes: Joined[] = [];
  readonly writes: { readonly status: ConnectionTestStatus; readonly atMs: number }[] = [];
  readonly held: { readonly uid: string; readonly generation: number; readonly at: number }[] = [];
  readonly forgotten: string[] = [];
  readonly verdicts: Verdict[] = [];
  readonly aborted: AbortedRun[] = [];
  readonly finished: KollectConnectionTest[] = [];
  readonly paused: string[] = [];
  readonly log = memoryLog();
  readonly sinks = new SinkIndex();
  readonly runs: TestRuns;
  /** Answers reads of the test. */
  read: Read = () => Promise.resolve(undefined);
  reads = 0;
  /** Generations that have a verdict, as the reaper knows them, by uid. */
  readonly done = new Map<string, number>();

  /** @param write answers each write of a status */
  constructor(public write: Write = () => Promise.resolve("written")) {
    this.runs = new TestRuns({
      cluster: {
        getTest: (_namespace, _name, signal) => ((this.reads += 1), this.read(signal)),
        writeStatus: (_ref, status, signal) => {
          this.writes.push({ status, atMs: Date.now() });
          return this.write(signal);
        },
      },
      clock: systemClock(),
      log: this.log,
      sinks: this.sinks,
      probes: { join: (request, participant) => this.#join(request, participant) },
      reaper: {
        finishedGeneration: (uid) => this.done.get(uid),
        hold: ({ uid }, generation, at) => void this.held.push({ uid, generation, at }),
        forget: (uid) => void this.forgotten.push(uid),
      },
      maxTimeoutSeconds: 300,
      admits: (namespace) => namespace === "shop",
      onVerdict: (verdict) => void this.verdicts.push(verdict),
      onAborted: (run) => void this.aborted.push(run),
      onFinished: (test) => void this.finished.push(test),
      onPaused: (_test, message) => void this.paused.push(message),
    });
  }

  #join(request: ProbeRequest, participant: Participant): Promise<Outcome> {
    return new Promise((end, fail) => {
      const { signal } = participant;
      if (signal.aborted) return fail(signal.reason as Error);
      signal.addEventListener("abort", () => fail(signal.reason as Error));
      this.probes.push({ request, participant, end, fail });
    });
  }

  /** Shows a test to the runs, and lets them do what needs no time. */
  async observe(test: KollectConnectionTest): Promise<void> {
    this.runs.observe(test);
    await turn();
  }

  /** Ends the newest probe. */
  async endProbe(given: Partial<Outcome> = {}): Promise<void> {
    this.probes.at(-1)?.end(outcome(given));
    await turn();
  }

  /** Shows a test and ends its probe, so that its verdict is being written. */
  async reachVerdict(test: KollectConnectionTest, given: Partial<Outcome> = {}): Promise<void> {
    await this.observe(test);
    await this.endProbe(given);
  }

  /** The verdict's record, or the reason why there is none, of every run that has ended. */
  get records(): string[] {
    return [
      ...this.verdicts.map(({ outcome: { probeId } }) => probeId),
      ...this.aborted.map(({ why }) => why),
    ];
  }
}

/** Lets everything happen that needs no time. */
export async function turn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** The outcome of a probe that dialled and succeeded. */
export function outcome(given: Partial<Outcome> = {}): Outcome {
  const now = Date.now();
  return {
    ...{ probeId: "probe", startedAt: now, completedAt: now, attempts: 1, waitedMs: 0, sharedBy: 1 },
    secrets: [],
    report: { endpoint: "db.shop:5432", phases: [], latencyMs: 1 },
    ...given,
  };
}

/** A write or read that gets no answer before its run ends. */
export function unanswered(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
}

/** Answers when the test says so, even after the run has ended. */
export function later<T>(): { readonly answer: () => Promise<T>; give(value: T): Promise<void> } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { answer: () => promise, give: (value) => (resolve(value), turn()) };
}

/** The same test with a newer spec. */
export function generation(number: number, test = makeTest()): KollectConnectionTest {
  return { ...test, metadata: { ...test.metadata, generation: number } };
}

/** The test as the watch shows it after the verdict on its generation was written. */
export function withVerdict(test: KollectConnectionTest, probeId?: string): KollectConnectionTest {
  const completedAt = new Date().toISOString();
  const observedGeneration = test.metadata.generation ?? 0;
  const status = { completed: true, completedAt, observedGeneration, ...(probeId ? { probeId } : {}) };
  return { ...test, status };
}
