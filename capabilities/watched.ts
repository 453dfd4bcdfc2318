import type { Sink } from "./api/types";
import { revisionOf, targetOf } from "./domain/identity";
import type { Cluster } from "./domain/ports";
import type { Metrics } from "./records/metrics";
import type { Doubts } from "./scheduler/doubts";
import type { SecretName } from "./domain/references";
import type { SinkChanges } from "./scheduler/sink-changes";
import type { SinkIndex } from "./scheduler/sink-index";
import type { SinkRuns } from "./scheduler/sink-runs";

/** Receiver of a watch's observations of one kind. Every method returns at once. */
export interface Watched<T> {
  /** The object exists, in this state. */
  shown(object: T): void;
  /** The object was deleted. */
  deleted(object: T): void;
  /** The object is missing in a list that may be older than the object, so the API server is asked. */
  missing(object: T): void;
}

/** The receiver for sinks: it updates everything that depends on them. */
export function watchedSinks({
  cluster,
  sinks,
  changes,
  triggers,
  doubts,
  metrics,
  secretsOf,
}: {
  readonly cluster: Cluster;
  readonly sinks: SinkIndex;
  readonly changes: SinkChanges;
  readonly triggers: SinkRuns | undefined;
  readonly doubts: Doubts;
  readonly metrics: Metrics;
  /** The Secrets that a sink names and that may be read. */
  readonly secretsOf: (sink: Sink) => readonly SecretName[];
}): Watched<Sink> {
  const shown = (sink: Sink): void => {
    sinks.set(targetOf(sink), { ...revisionOf(sink), secrets: secretsOf(sink) });
    changes.sinkShown(targetOf(sink), revisionOf(sink));
    triggers?.observe(sink);
  };
  const deleted = (sink: Sink): void => {
    const { uid } = revisionOf(sink);
    sinks.delete(targetOf(sink), uid);
    triggers?.forget(uid);
    metrics.sinkDeleted(targetOf(sink));
  };
  const verify = async (sink: Sink): Promise<void> => {
    const { kind, namespace, name } = targetOf(sink);
    const current = await cluster.getSink(kind, namespace, name);
    if (current && current.metadata.uid === sink.metadata.uid) shown(current);
    else deleted(sink);
  };
  return { shown, deleted, missing: (sink) => doubts.raise(revisionOf(sink).uid, () => verify(sink)) };
}
