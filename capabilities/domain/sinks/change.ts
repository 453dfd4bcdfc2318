import type { Condition, ConnectionTestStatus, KollectConnectionTest, ProbedSecret } from "../../api/types";
import type { SinkChange } from "../../api/vocabulary";
import { generationOf, hasVerdict } from "../decide";
import type { SinkRevision } from "../identity";
import type { ProbedSink } from "../outcome";

/** Versions of a sink and of the Secrets that it names. */
export interface Versions {
  readonly sink: SinkRevision;
  readonly secrets: readonly ProbedSecret[];
}

/** The versions that a finished test's verdict covers; undefined without a verdict and where the CRD dropped them. */
export function probedVersions(test: KollectConnectionTest): Versions | undefined {
  const { uid, generation, secrets = [] } = test.status?.sink ?? {};
  if (!hasVerdict(test) || !uid || generation === undefined) return undefined;
  return { sink: { uid, generation }, secrets };
}

/** Whether the observed sink is another object or a later generation than the one that was probed. */
export function isAnotherSink(probed: ProbedSink | SinkRevision, seen: SinkRevision | undefined): boolean {
  if (!seen || !probed.uid) return false;
  return probed.uid !== seen.uid || isLater(probed, seen);
}

/**
 * Whether the same sink was observed in a later generation. Unlike another UID this is certain, even from a watch that
 * lags behind.
 */
export function isLater(probed: ProbedSink | SinkRevision, seen: SinkRevision | undefined): boolean {
  return seen !== undefined && probed.uid === seen.uid && (probed.generation ?? 0) < seen.generation;
}

/** The change that the test's condition reports already; undefined when the condition is absent. */
export function saidChange({ status }: KollectConnectionTest): SinkChange | undefined {
  const condition = status?.conditions?.find(({ type }) => type === "SinkChanged");
  return condition?.status === "True" ? (condition.reason as SinkChange) : undefined;
}

/** Whether the condition must be written: a change of the sink is final, a change of a Secret is not. */
export function isNews(change: SinkChange, said: SinkChange | undefined): boolean {
  return said === undefined || (change === "SinkGeneration" && said !== change);
}

/**
 * The condition of a verdict whose sink changed. Its message does not describe the sink's present state, so that
 * further changes need no further write.
 */
export function sinkChanged(change: SinkChange, probed: ProbedSink | undefined): SinkChangedDraft {
  const what =
    change === "SinkGeneration"
      ? `The sink changed: generation ${probed?.generation ?? 0} was probed.`
      : "A Secret that the sink names changed since it was read for the probe.";
  const message = `${what} Request another run with a new value of kollect.dev/requested-at.`;
  return { type: "SinkChanged", status: "True", reason: change, message };
}

interface SinkChangedDraft {
  readonly type: "SinkChanged";
  readonly status: "True";
  readonly reason: SinkChange;
  readonly message: string;
}

/**
 * The status of a finished test with the condition added; nothing else changes.
 * @param time RFC 3339
 */
export function withSinkChange(
  test: KollectConnectionTest,
  change: SinkChange,
  time: string,
): ConnectionTestStatus {
  const { conditions = [], ...status } = test.status ?? {};
  const before = conditions.find(({ type }) => type === "SinkChanged");
  const condition: Condition = {
    ...sinkChanged(change, status.sink),
    lastTransitionTime: before?.status === "True" ? before.lastTransitionTime : time,
    observedGeneration: generationOf(test),
  };
  return { ...status, conditions: [...conditions.filter((each) => each !== before), condition] };
}
