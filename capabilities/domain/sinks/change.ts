import type { Condition, ConnectionTestStatus, KollectConnectionTest, ProbedSecret } from "../../api/types";
import type { SinkChange } from "../../api/vocabulary";
import { generationOf, hasVerdict } from "../decide";
import type { SinkRevision } from "../identity";
import type { Outcome, ProbedSink } from "../outcome";

/** Versions of a sink and of the Secrets that it names. */
export interface Versions {
  readonly sink: SinkRevision;
  readonly secrets: readonly ProbedSecret[];
}

/** What a finished test's verdict speaks of; undefined without a verdict, and where the CRD dropped that part of it. */
export function probedVersions(test: KollectConnectionTest): Versions | undefined {
  const { uid, generation, secrets = [] } = test.status?.sink ?? {};
  if (!hasVerdict(test) || !uid || generation === undefined) return undefined;
  return { sink: { uid, generation }, secrets };
}

/** Whether the sink that was seen is another object, or a later generation, than the one that was probed. */
export function isAnotherSink(probed: ProbedSink | SinkRevision, seen: SinkRevision | undefined): boolean {
  if (!seen || !probed.uid) return false;
  return probed.uid !== seen.uid || isLater(probed, seen);
}

/**
 * Whether the same sink was seen in a later generation. Unlike another UID this is certain, however late the watch
 * that showed it.
 */
export function isLater(probed: ProbedSink | SinkRevision, seen: SinkRevision | undefined): boolean {
  return seen !== undefined && probed.uid === seen.uid && (probed.generation ?? 0) < seen.generation;
}

/** Whether a Secret was read in another version than the verdict's. */
export function hasOtherSecret(probed: Versions, read: Outcome["secrets"]): boolean {
  return probed.secrets.some(({ namespace, name, resourceVersion }) =>
    read.some(
      (each) =>
        each.namespace === namespace && each.name === name && each.resourceVersion !== resourceVersion,
    ),
  );
}

/** What the condition says of the test already; undefined when it is absent. */
export function saidChange({ status }: KollectConnectionTest): SinkChange | undefined {
  const condition = status?.conditions?.find(({ type }) => type === "SinkChanged");
  return condition?.status === "True" ? (condition.reason as SinkChange) : undefined;
}

/** Whether the condition has to be written: the change of a sink is the last word, that of a Secret is not. */
export function isNews(change: SinkChange, said: SinkChange | undefined): boolean {
  return said === undefined || (change === "SinkGeneration" && said !== change);
}

/**
 * The condition of a verdict whose sink changed. Its message does not name what the sink is now, so that further
 * changes need no further write.
 */
export function sinkChanged(change: SinkChange, probed: ProbedSink | undefined): SinkChangedDraft {
  const what =
    change === "SinkGeneration"
      ? `The sink changed: generation ${probed?.generation ?? 0} was probed.`
      : "A Secret that the sink names changed since it was read for the probe.";
  const message = `${what} Ask for another run with a new value of kollect.dev/requested-at.`;
  return { type: "SinkChanged", status: "True", reason: change, message };
}

interface SinkChangedDraft {
  readonly type: "SinkChanged";
  readonly status: "True";
  readonly reason: SinkChange;
  readonly message: string;
}

/**
 * The status of a finished test with the condition; nothing else of it changes.
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
