import type { Sink } from "../api/types";
import { ANNOTATIONS, SPEC_DEFAULTS } from "../api/vocabulary";
import {
  abandonedOutcome,
  abortCauseOf,
  RunAborted,
  type AbortCause,
  type Outcome,
  type SinkProbe,
} from "../domain/outcome";
import type { Cluster, Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { decideSink, type Handled } from "../domain/sinks/trigger";
import { revisionOf, targetOf } from "../domain/identity";
import type { SinkTarget } from "../domain/spec";
import { sinkConditions } from "../domain/status";
import type { Participant, ProbeRequest } from "./shared-probes";
import { SinkMark } from "./sink-mark";
import { untilServed } from "../kube/until-served";

export interface SinkRunsDependencies {
  readonly cluster: Pick<Cluster, "getSink" | "applySinkConditions" | "removeSinkAnnotation">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly probes: { join(request: ProbeRequest, participant: Participant): Promise<Outcome> };
  readonly minIntervalMs: number;
  readonly maxTimeoutSeconds: number;
  /** Called after every written condition; must not throw. */
  readonly onVerdict: (outcome: Outcome) => void;
  /** Called for every probe that has an outcome or had begun to dial; must not throw. */
  readonly onProbe: (probe: SinkProbe) => void;
}

interface SinkRun {
  readonly generation: number;
  readonly abort: AbortController;
  /** Whether the sink was observed again during the run, perhaps with another request. */
  shownAgain: boolean;
}

const RETRY = { baseMs: 1000, maxMs: 60_000 };

/**
 * Runs probes that sinks request themselves, by `spec.connectionTest` or by annotation, through the same scheduler
 * as tests. All state about a sink is removed with the sink.
 */
export class SinkRuns {
  readonly #runs = new Map<string, SinkRun>();
  readonly #handled = new Map<string, Handled>();
  /** Sinks whose condition another manager owns. */
  readonly #conflicting = new Set<string>();

  #stopped = false;

  constructor(private readonly dependencies: SinkRunsDependencies) {}

  /** Ends every run, because the process stops. Runs that dialled are recorded before it returns. */
  stop(): void {
    this.#stopped = true;
    for (const { abort } of this.#runs.values()) abort.abort(new RunAborted("OperatorEnded"));
  }

  /** Takes a sink as observed by the watch; returns at once. */
  observe(sink: Sink): void {
    if (this.#stopped) return;
    const { uid, generation } = revisionOf(sink);
    const running = this.#runs.get(uid);
    if (this.#conflicting.has(uid)) return;
    if (running && running.generation >= generation) return void (running.shownAgain = true);
    const { clock, minIntervalMs } = this.dependencies;
    const decision = decideSink(sink, this.#handled.get(uid), { now: clock.now(), minIntervalMs });
    if (decision.do === "probe") this.#start(sink, decision.because);
    else if (decision.handled) this.#handled.set(uid, decision.handled);
    else this.#handled.delete(uid);
  }

  forget(uid: string): void {
    this.#abort(uid, "SinkDeleted");
    this.#runs.delete(uid);
    this.#handled.delete(uid);
    this.#conflicting.delete(uid);
  }

  #abort(uid: string, why: AbortCause): void {
    this.#runs.get(uid)?.abort.abort(new RunAborted(why));
  }

  #start(sink: Sink, because: SinkProbe["because"]): void {
    const { uid, generation } = revisionOf(sink);
    this.#abort(uid, "SinkChanged");
    const run: SinkRun = { generation, abort: new AbortController(), shownAgain: false };
    this.#runs.set(uid, run);
    const { signal } = run.abort;
    const failed = (what: string, error: unknown): void => {
      const { namespace, name } = sink.metadata;
      if (!signal.aborted) this.dependencies.log.error({ namespace, name, error: String(error) }, what);
    };
    void this.#run(sink, because, signal)
      .catch((error: unknown) => failed("a sink's own probe was not recorded", error))
      .finally(() => {
        if (this.#runs.get(uid) === run) this.#runs.delete(uid);
        if (!run.shownAgain || signal.aborted) return;
        this.#lookAgain(sink, signal).catch((error: unknown) =>
          failed("a sink that changed while it was probed could not be read", error),
        );
      });
  }

  /** State observed during the run may be older than the run's own write, so the sink is read again. */
  async #lookAgain(sink: Sink, signal: AbortSignal): Promise<void> {
    const { kind, namespace, name } = targetOf(sink);
    const { cluster } = this.dependencies;
    const current = await this.#untilServed(() => cluster.getSink(kind, namespace, name, signal), signal);
    if (current && current.metadata.uid === sink.metadata.uid) this.observe(current);
  }

  /** Repeats a call until the API server can serve it: no event would trigger it again. */
  #untilServed<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return untilServed(call, { clock: this.dependencies.clock, backoff: RETRY, signal });
  }

  async #run(sink: Sink, because: SinkProbe["because"], signal: AbortSignal): Promise<void> {
    const { uid, generation } = revisionOf(sink);
    const target = targetOf(sink);
    const timeoutSeconds = Math.min(SPEC_DEFAULTS.timeoutSeconds, this.dependencies.maxTimeoutSeconds);
    const request = {
      target,
      seen: { uid, generation },
      timeoutSeconds,
      retryLimit: SPEC_DEFAULTS.retryLimit,
    };
    const { clock, onProbe, probes } = this.dependencies;
    const mark = new SinkMark(sink, this.dependencies, signal);
    await mark.pause();
    const outcome = await probes.join(request, {
      signal,
      progress: (progress) => mark.progress(progress),
      left: (dialled, shared) => {
        const abandoned = abandonedOutcome(dialled, shared, clock.now());
        onProbe({ target, because, outcome: abandoned, aborted: abortCauseOf(signal) });
      },
    });
    onProbe({ target, because, outcome });
    await mark.settled();
    await this.#untilServed(() => this.#record(target, outcome, signal), signal);
    if (because !== "annotation") return;
    this.#handled.set(uid, { generation, at: this.dependencies.clock.now(), ignoring: false });
    const { cluster } = this.dependencies;
    await this.#untilServed(
      () => cluster.removeSinkAnnotation({ ...target, uid }, ANNOTATIONS.testConnection, signal),
      signal,
    );
  }

  /** Server-side apply ignores a wrong uid, so the sink is read again to make sure that it is the probed one. */
  async #record(target: SinkTarget, outcome: Outcome, signal: AbortSignal): Promise<void> {
    const { cluster, log, onVerdict } = this.dependencies;
    const sink = await cluster.getSink(target.kind, target.namespace, target.name, signal);
    if (!sink || sink.metadata.uid !== outcome.sink?.uid) return;
    if (sink.metadata.generation !== outcome.sink?.generation) return;
    const result = await cluster.applySinkConditions(target, sinkConditions(sink, outcome), signal);
    if (result === "written") return onVerdict(outcome);
    if (result === "gone") return;
    this.#conflicting.add(sink.metadata.uid ?? "");
    log.warn(
      { kind: target.kind, namespace: target.namespace, name: target.name },
      "field manager conflict: another manager owns ConnectionVerified; sink triggers are disabled for this sink",
    );
  }
}
