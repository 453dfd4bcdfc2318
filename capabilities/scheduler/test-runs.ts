import type { KollectConnectionTest } from "../api/types";
import { decide, generationOf } from "../domain/decide";
import { refOf, type SinkRevision } from "../domain/identity";
import { interruptionOf } from "../domain/interruption";
import { abandonedOutcome, abortCauseOf, RunAborted, type AbortCause, type Outcome } from "../domain/outcome";
import type { Cluster, Logger, ObjectRef, WriteResult } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { timestamp } from "../domain/status";
import { backoffMs } from "../lib/backoff";
import { Deadlines } from "../lib/deadlines";
import { RecentMap } from "../lib/recent-map";
import { outcomeOfCurrentSink } from "./current-sink";
import { pauseAfter } from "./pause";
import { rejection, RunRecords, type Probing, type RunRecordsDependencies } from "./run-records";
import type { TestRun } from "./run-records";
import type { Participant, ProbeRequest } from "./shared-probes";
import type { SinkIndex } from "./sink-index";
import { StatusWriter } from "./status-writer";

export interface TestRunsDependencies extends RunRecordsDependencies {
  readonly cluster: Pick<Cluster, "getTest" | "writeStatus">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sinks: Pick<SinkIndex, "get">;
  readonly probes: { join(request: ProbeRequest, participant: Participant): Promise<Outcome> };
  readonly reaper: {
    finishedGeneration(uid: string): number | undefined;
    hold(ref: ObjectRef, generation: number, at: number): void;
    forget(uid: string): void;
  };
  readonly maxTimeoutSeconds: number;
  /** Called with every finished test whenever it is observed; must not throw. `reaper.forget` ends what it keeps. */
  readonly onFinished: (test: KollectConnectionTest) => void;
  /** Called with a test whose run waits because processes ended during it; must not throw. */
  readonly onPaused: (test: KollectConnectionTest, message: string) => void;
}

const RETRY = { baseMs: 1000, maxMs: 60_000 };
/** Why no verdict is visible after a write with this result; undefined when one is. */
const WITHOUT_VERDICT = { written: undefined, superseded: "TestChanged", gone: "TestDeleted" } as const;
/** The watch shows a write within milliseconds, or within seconds while it catches up with thousands of events. */
const SHOWN_WITHIN_MS = 15_000;
/** More tests than can be deleted while the longest list is in transit. */
const REMEMBERED_DEAD = 10_000;

/**
 * One run per test and generation, keyed by uid: a recreated object has the same name and generation.
 * Watch events are hints and may come late or out of order; they must not start a generation
 * again that has a verdict, or replace a newer spec with an older one.
 */
export class TestRuns {
  readonly #runs = new Map<string, TestRun>();
  /** Verdicts that were written and that the watch has not shown yet. */
  readonly #unseen = new Deadlines<string>();
  /** Deleted tests: no older event or list may restart them. A uid is never used again. */
  readonly #dead = new RecentMap<string, true>(REMEMBERED_DEAD);
  #saidPruned = false;
  #stopped = false;

  readonly #records: RunRecords;

  constructor(private readonly dependencies: TestRunsDependencies) {
    this.#records = new RunRecords(dependencies);
  }

  get size(): number {
    return this.#runs.size;
  }

  /** How many verdicts wait for the watch to show them. */
  get unseen(): number {
    return this.#unseen.size;
  }

  /** Advances the time, and returns how many verdicts the watch should have shown long ago. */
  overdueVerdicts(elapsedMs: number): number {
    return this.#unseen.overdue(elapsedMs);
  }

  /** Ends every run, because the process stops. Runs that dialled are recorded before it returns. */
  stop(): void {
    this.#stopped = true;
    for (const run of this.#runs.values()) this.#abort(run, "OperatorEnded");
  }

  /** Takes a test as observed; returns at once. */
  observe(test: KollectConnectionTest): void {
    const { clock, maxTimeoutSeconds, reaper } = this.dependencies;
    const ref = refOf(test);
    if (this.#ignores(ref.uid)) return;
    const { generation = -1 } = this.#runs.get(ref.uid) ?? {};
    const known = Math.max(generation, reaper.finishedGeneration(ref.uid) ?? -1);
    if (known > ref.generation) return;
    const decision = decide(test, maxTimeoutSeconds, clock.now());
    switch (decision.do) {
      case "leave":
        return this.forget(ref.uid);
      case "retain":
        return this.#finished(test, Infinity);
      case "expire":
        return this.#finished(test, decision.at);
      default:
        if (known < ref.generation) this.#start(test, decision);
    }
  }

  #ignores(uid: string): boolean {
    return this.#stopped || this.#dead.has(uid);
  }

  /** Ends this test's participation in all runs; its object is deleted or being deleted. */
  forget(uid: string): void {
    this.#dead.set(uid, true);
    this.#unseen.end(uid);
    this.#abort(this.#runs.get(uid), "TestDeleted");
    this.#runs.delete(uid);
    this.dependencies.reaper.forget(uid);
  }

  /** Reads a test that may have been deleted and observes or forgets it. Rejects with `ClusterError`. */
  async verify(test: KollectConnectionTest): Promise<void> {
    const { namespace, name, uid } = refOf(test);
    const current = await this.dependencies.cluster.getTest(namespace, name);
    if (current?.metadata.uid === uid) this.observe(current);
    else this.forget(uid);
  }

  #finished(test: KollectConnectionTest, at: number): void {
    const ref = refOf(test);
    const run = this.#runs.get(ref.uid);
    const isOurs = run?.generation === ref.generation || this.#unseen.has(ref.uid);
    this.#unseen.end(ref.uid);
    if (run?.generation === ref.generation) run.shown = true;
    if (isOurs && test.status?.probeId === undefined) this.#sayPruned();
    if (run && run.generation < ref.generation) {
      this.#abort(run, "TestChanged");
      this.#runs.delete(ref.uid);
    }
    this.dependencies.reaper.hold(ref, ref.generation, at);
    this.dependencies.onFinished(test);
  }

  #sayPruned(): void {
    if (this.#saidPruned) return;
    this.#saidPruned = true;
    this.dependencies.log.warn(
      {},
      "the installed CRD of KollectConnectionTest drops parts of the status: it is another installer's or an older one; " +
        "verdicts keep the fields that every version has",
    );
  }

  #start(test: KollectConnectionTest, decision: Probing): void {
    const { uid, generation } = refOf(test);
    this.#abort(this.#runs.get(uid), "TestChanged");
    this.#unseen.end(uid);
    this.dependencies.reaper.forget(uid);
    const abort = new AbortController();
    const run: TestRun = { test, decision, generation, abort, shown: false, recorded: false };
    this.#runs.set(uid, run);
    void this.#run(run).finally(() => {
      if (this.#runs.get(uid) === run) this.#runs.delete(uid);
    });
  }

  #abort(run: TestRun | undefined, why: AbortCause): void {
    if (!run) return;
    run.abort.abort(new RunAborted(why));
    // A verdict that the watch has shown is recorded when its write ends.
    if (run.outcome && (!run.shown || this.#stopped)) this.#records.record(run, run.outcome, why);
  }

  /** Never rejects: a run that ends without a verdict is logged and repeated with a new read of the object. */
  async #run(run: TestRun): Promise<void> {
    const { signal } = run.abort;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        return await this.#reachVerdict(run);
      } catch (error) {
        if (signal.aborted) return;
        this.dependencies.log.error(
          { ...refOf(run.test), error: String(error) },
          "a run ended without a verdict; will try again",
        );
        await this.dependencies.clock.sleep(backoffMs(attempt, RETRY), signal).catch(() => undefined);
      }
    }
  }

  async #reachVerdict(run: TestRun): Promise<void> {
    const { test, decision } = run;
    const { signal } = run.abort;
    const requestedBy = this.#records.requestedBy(test);
    const interruption = interruptionOf(test);
    const about = { requestedBy, interruptions: interruption.count };
    const writer = new StatusWriter(test, about, this.dependencies, signal);
    if (decision.rerun) {
      writer.progress({
        reason: "Probing",
        attempts: 0,
        message: "A new run was asked for and will start shortly.",
      });
    }
    if (decision.do === "probe" && !run.outcome) {
      await pauseAfter(interruption, { test, writer, signal, ...this.dependencies });
    }
    const observedAt = this.dependencies.clock.now();
    run.outcome ??= await this.#outcome(decision, this.#participant(run, writer), (outcome) => {
      this.#records.record(run, outcome, "SinkChanged");
      run.recorded = false;
    });
    const { outcome } = run;
    const result = await this.#written(writer, outcome, run);
    if (result === "written") this.#hold(test, outcome, run);
    const waitedMs = Math.max(0, outcome.startedAt - observedAt) + outcome.waitedMs;
    this.#records.record(run, outcome, run.shown ? undefined : WITHOUT_VERDICT[result], waitedMs);
    if (result === "superseded") return await this.#look(test, run);
    if (result === "gone") this.forget(refOf(test).uid);
  }

  /** The response may be lost and the test changed or deleted before a retry: what the watch showed was written. */
  async #written(writer: StatusWriter, outcome: Outcome, run: TestRun): Promise<WriteResult> {
    try {
      return await writer.verdict(outcome);
    } catch (error) {
      if (run.shown) return "written";
      throw error;
    }
  }

  #participant(run: TestRun, writer: StatusWriter): Participant {
    const { signal } = run.abort;
    return {
      signal,
      progress: (progress) => writer.progress(progress),
      left: (dialled, shared) => {
        const now = this.dependencies.clock.now();
        this.#records.record(run, abandonedOutcome(dialled, shared, now), abortCauseOf(signal));
        // After a fault of the operator the same run continues, and dials again.
        run.recorded = signal.aborted;
      },
    };
  }

  /** @param outdated called with an outcome that is not reported because its sink changed meanwhile */
  #outcome(
    decision: Probing,
    participant: Participant,
    outdated: (outcome: Outcome) => void,
  ): Promise<Outcome> {
    const { clock, probes, sinks } = this.dependencies;
    if (decision.do === "reject") return Promise.resolve(rejection(decision.failure, clock.now()));
    const { target, spec } = decision;
    const { timeoutSeconds, retryLimit } = spec;
    const seen = (): SinkRevision | undefined => sinks.get(target);
    const probe = (): Promise<Outcome> =>
      probes.join({ target, timeoutSeconds, retryLimit, seen: seen() }, participant);
    return outcomeOfCurrentSink(probe, seen, outdated);
  }

  /** The watch may lag behind this write, so the reaper gets the verdict now, as it was written. */
  #hold(test: KollectConnectionTest, outcome: Outcome, run: TestRun): void {
    const { uid } = refOf(test);
    if (run.shown || this.#runs.get(uid) !== run) return;
    this.#unseen.start(uid, SHOWN_WITHIN_MS);
    const completedAt = timestamp(outcome.completedAt);
    const status = { completed: true, completedAt, observedGeneration: generationOf(test) };
    const { clock, maxTimeoutSeconds, reaper } = this.dependencies;
    const decision = decide({ ...test, status }, maxTimeoutSeconds, clock.now());
    reaper.hold(refOf(test), generationOf(test), decision.do === "expire" ? decision.at : Infinity);
  }

  /** Reads the changed object and decides again. */
  async #look(test: KollectConnectionTest, run: TestRun): Promise<void> {
    const { namespace, name, uid } = refOf(test);
    const current = await this.dependencies.cluster.getTest(namespace, name, run.abort.signal);
    if (this.#runs.get(uid) === run) this.#runs.delete(uid);
    if (current) this.observe(current);
  }
}
