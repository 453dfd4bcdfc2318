import type { KollectConnectionTest } from "../api/types";
import { ANNOTATIONS } from "../api/vocabulary";
import type { Failure } from "./failure";
import { effectiveSpec, isFailure, sinkTarget, type EffectiveSpec, type SinkTarget } from "./spec";

/** What to do with a test in its current state. */
export type Decision =
  /** The test is being deleted: its run ends, and nothing is written. */
  | { readonly do: "leave" }
  /** The spec cannot be probed; the verdict is this failure. */
  | { readonly do: "reject"; readonly failure: Failure; readonly rerun: boolean }
  | {
      readonly do: "probe";
      readonly target: SinkTarget;
      readonly spec: EffectiveSpec;
      /** An older generation has a verdict, which must not be read as this one's. */
      readonly rerun: boolean;
    }
  /** Finished and kept by annotation. */
  | { readonly do: "retain" }
  /** Finished; to be deleted at this time (milliseconds since the epoch). */
  | { readonly do: "expire"; readonly at: number };

/**
 * Decides from the object alone, so that a restart, a relist or a label edit leads to the same decision.
 * @param now milliseconds since the epoch; used only for a finished test without a readable `completedAt`
 */
export function decide(test: KollectConnectionTest, maxTimeoutSeconds: number, now: number): Decision {
  if (test.metadata.deletionTimestamp) return { do: "leave" };
  const spec = effectiveSpec(test, maxTimeoutSeconds);
  if (hasVerdict(test))
    return isRetained(test) ? { do: "retain" } : { do: "expire", at: expiry(test, spec, now) };
  const rerun = test.status?.completed === true;
  const target = sinkTarget(test);
  if (isFailure(target)) return { do: "reject", failure: target, rerun };
  return { do: "probe", target, spec, rerun };
}

/** Whether the status holds the final verdict of the object's current generation. */
export function hasVerdict(test: KollectConnectionTest): boolean {
  return test.status?.completed === true && test.status.observedGeneration === generationOf(test);
}

export function generationOf(test: KollectConnectionTest): number {
  return test.metadata.generation ?? 0;
}

function isRetained(test: KollectConnectionTest): boolean {
  return test.metadata.annotations?.[ANNOTATIONS.retain] === "true";
}

function expiry(test: KollectConnectionTest, spec: EffectiveSpec, now: number): number {
  const completedAt = Date.parse(test.status?.completedAt ?? "");
  return (Number.isNaN(completedAt) ? now : completedAt) + spec.ttlSecondsAfterFinished * 1000;
}
