import { randomUUID } from "node:crypto";
import type { KollectConnectionTest } from "../api/types";
import { ANNOTATIONS } from "../api/vocabulary";
import type { Decision } from "../domain/decide";
import type { AbortCause, AbortedRun, Outcome, Verdict } from "../domain/outcome";

export type Probing = Extract<Decision, { do: "probe" | "reject" }>;

/** One generation of a test on its way to a verdict. */
export interface TestRun {
  readonly test: KollectConnectionTest;
  readonly decision: Probing;
  readonly generation: number;
  readonly abort: AbortController;
  /** The probe's outcome, kept because a failed write of the verdict must not cause another login. */
  outcome?: Outcome;
  /** Whether the watch has shown its verdict, which may happen before the write returns. */
  shown: boolean;
  /** Whether it was recorded, with its verdict or without one. */
  recorded: boolean;
}

export interface RunRecordsDependencies {
  /** Whether admission applies in the namespace, so that `requested-by` can be trusted. */
  readonly admits: (namespace: string) => boolean;
  /** Must not throw; runs after the verdict is visible. */
  readonly onVerdict: (verdict: Verdict) => void;
  /** Must not throw; called once for every run that dialled and has no visible verdict. */
  readonly onAborted: (run: AbortedRun) => void;
}

/** Reports once how each run ended: with a visible verdict, or without one after it had dialled. */
export class RunRecords {
  constructor(private readonly dependencies: RunRecordsDependencies) {}

  /** @param aborted why there is no visible verdict */
  record(run: TestRun, outcome: Outcome, aborted?: AbortCause, waitedMs = outcome.waitedMs): void {
    if (run.recorded || (aborted && !outcome.report)) return;
    run.recorded = true;
    const { test, decision } = run;
    const verdict = { test, ...sinkOf(decision), outcome, requestedBy: this.requestedBy(test), waitedMs };
    if (aborted) this.dependencies.onAborted({ ...verdict, why: aborted });
    else this.dependencies.onVerdict(verdict);
  }

  requestedBy(test: KollectConnectionTest): string | undefined {
    if (!this.dependencies.admits(test.metadata.namespace ?? "")) return undefined;
    return test.metadata.annotations?.[ANNOTATIONS.requestedBy];
  }
}

/** The outcome of a spec that cannot be probed. */
export function rejection(failure: Outcome["failure"], now: number): Outcome {
  return {
    probeId: randomUUID(),
    startedAt: now,
    completedAt: now,
    attempts: 0,
    waitedMs: 0,
    sharedBy: 1,
    secrets: [],
    ...(failure ? { failure } : {}),
  };
}

function sinkOf(decision: Probing): Pick<Verdict, "target" | "ownerSink"> {
  if (decision.do === "reject") return { target: undefined, ownerSink: false };
  return { target: decision.target, ownerSink: decision.spec.ownerSink };
}
