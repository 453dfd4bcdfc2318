import type { KollectConnectionTest, Sink } from "../../capabilities/api/types";
import { API_VERSION, TEST_KIND } from "../../capabilities/api/vocabulary";
import { predicted } from "../../capabilities/domain/exporter/predicted";
import type { ExporterSettings } from "../../capabilities/domain/exporter/settings";
import type { Failure } from "../../capabilities/domain/failure";
import { probedSink, targetOf } from "../../capabilities/domain/identity";
import type { Outcome, ProbeReport } from "../../capabilities/domain/outcome";
import { isRetried, RETRY_BACKOFF } from "../../capabilities/domain/retry";
import { finalStatus } from "../../capabilities/domain/status";
import { backoffMs } from "../../capabilities/lib/backoff";
import type { Clock } from "../../capabilities/lib/clock";
import { runProbe, type AttemptOptions } from "../../capabilities/probes/runner";
import type { ReadyProbe } from "../../capabilities/resolve/resolve-sink";
import { resolveSink, type ResolveDependencies } from "../../capabilities/resolve/resolve-sink";
import { resultOf } from "../report/result";
import type { SinkResult } from "../report/report";

export interface CheckDependencies {
  readonly resolving: ResolveDependencies;
  readonly exporter: ExporterSettings;
  readonly attempt: Omit<AttemptOptions, "signal" | "onPhase">;
  /** Called with each phase when it starts. */
  readonly onPhase: NonNullable<AttemptOptions["onPhase"]>;
  readonly clock: Clock;
  /** Further attempts after a transient cause. */
  readonly retries: number;
}

/** Resolves and probes one sink as the operator does. Rejects with the signal's reason or a `ClusterError`. */
export async function checkSink(
  sink: Sink,
  dependencies: CheckDependencies,
  signal: AbortSignal,
): Promise<SinkResult> {
  const { clock, exporter, resolving } = dependencies;
  const startedAt = clock.now();
  const target = targetOf(sink);
  const { secrets, ready, failure, limited = [] } = await resolveSink(target, resolving, signal);
  const probed = ready
    ? await attempts(ready, dependencies, signal)
    : { attempts: 0, ...(failure ? { failure } : {}) };
  const found = {
    probeId: "",
    sharedBy: 1,
    waitedMs: 0,
    startedAt,
    completedAt: clock.now(),
    sink: probedSink(sink),
    secrets,
    ...probed,
  };
  return resultOf(target, judged(sink, predicted(found, limited, exporter)), sink.spec.type);
}

interface Attempted {
  readonly attempts: number;
  readonly report: ProbeReport;
  readonly failure?: Failure;
}

async function attempts(
  { probe, plan }: ReadyProbe,
  { attempt: options, onPhase, clock, retries }: CheckDependencies,
  signal: AbortSignal,
): Promise<Attempted> {
  for (let count = 1; ; count += 1) {
    const { report, closed } = await runProbe(probe, plan, { ...options, onPhase, signal });
    await closed;
    const { failure } = report;
    if (!isRetried(failure, count, retries))
      return { attempts: count, report, ...(failure ? { failure } : {}) };
    await clock.sleep(backoffMs(count, RETRY_BACKOFF), signal);
  }
}

/** The test that the operator would have written the outcome to. */
function judged({ metadata }: Sink, outcome: Outcome): KollectConnectionTest {
  const { namespace } = metadata;
  const meta = { name: "", namespace, generation: 1 };
  const test = {
    apiVersion: API_VERSION,
    kind: TEST_KIND,
    metadata: meta,
    spec: { sinkRef: {} },
  } as KollectConnectionTest;
  return { ...test, status: finalStatus(test, outcome, undefined) };
}
