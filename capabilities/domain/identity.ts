import type { KollectConnectionTest, Sink } from "../api/types";
import type { SinkKind } from "../api/vocabulary";
import { generationOf } from "./decide";
import type { ProbedSink } from "./outcome";
import type { ObjectRef } from "./ports";
import type { SinkTarget } from "./spec";

/** Reference to a test in its observed generation. */
export function refOf(test: KollectConnectionTest): ObjectRef & { generation: number } {
  const { namespace = "", name = "", uid = "" } = test.metadata;
  return { namespace, name, uid, generation: generationOf(test) };
}

/** Reference to a sink, as a test names it. */
export function targetOf(sink: Sink): SinkTarget {
  const { namespace = "", name = "" } = sink.metadata;
  return { kind: sink.kind as SinkKind, namespace, name };
}

/** One generation of a sink. */
export interface SinkRevision {
  readonly uid: string;
  readonly generation: number;
}

export function revisionOf({ metadata }: Sink): SinkRevision {
  const { uid = "", generation = 0 } = metadata;
  return { uid, generation };
}

/** The sink as a status shows it. */
export function probedSink(sink: Sink): ProbedSink {
  const { kind, name } = targetOf(sink);
  return { kind, name, ...revisionOf(sink), type: sink.spec.type };
}
