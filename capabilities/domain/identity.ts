import type { KollectConnectionTest, Sink } from "../api/types";
import type { SinkKind } from "../api/vocabulary";
import { generationOf } from "./decide";
import type { ProbedSink } from "./outcome";
import type { ObjectRef } from "./ports";
import type { SinkTarget } from "./spec";

/** Names a test in the generation that was seen. */
export function refOf(test: KollectConnectionTest): ObjectRef & { generation: number } {
  const { namespace = "", name = "", uid = "" } = test.metadata;
  return { namespace, name, uid, generation: generationOf(test) };
}

/** Names a sink as a test does. */
export function targetOf(sink: Sink): SinkTarget {
  const { namespace = "", name = "" } = sink.metadata;
  return { kind: sink.kind as SinkKind, namespace, name };
}

/** A sink in one of its generations. */
export interface SinkRevision {
  readonly uid: string;
  readonly generation: number;
}

export function revisionOf({ metadata }: Sink): SinkRevision {
  const { uid = "", generation = 0 } = metadata;
  return { uid, generation };
}

/** The sink as a status names it. */
export function probedSink(sink: Sink): ProbedSink {
  const { kind, name } = targetOf(sink);
  return { kind, name, ...revisionOf(sink), type: sink.spec.type };
}
