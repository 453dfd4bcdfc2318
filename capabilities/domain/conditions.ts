import type { Condition } from "../api/types";
import type { ConditionType } from "../api/vocabulary";

/** A condition before it has a transition time. */
export interface ConditionDraft {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/**
 * Dates the drafts: `lastTransitionTime` moves only when a condition's `status` does (API conventions).
 * Conditions that are not drafted are dropped, as kstatus wants of `Reconciling` and `Stalled`.
 * @param time RFC 3339
 */
export function dated(
  drafts: readonly ConditionDraft[],
  previous: readonly Condition[] | undefined,
  stamp: { readonly time: string; readonly generation: number },
): Condition[] {
  return drafts.map((draft) => {
    const before = previous?.find((condition) => condition.type === draft.type);
    const unchanged = before?.status === draft.status;
    return {
      ...draft,
      lastTransitionTime: unchanged ? before.lastTransitionTime : stamp.time,
      observedGeneration: stamp.generation,
    };
  });
}
