import type { Sink } from "../../api/types";
import { ANNOTATIONS } from "../../api/vocabulary";

/** The state kept about the last probe that a sink's annotation requested. */
export interface Handled {
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The annotation came back too soon and is left in place until it is removed or the generation changes. */
  readonly ignoring: boolean;
}

export type SinkDecision =
  | { readonly do: "nothing"; readonly handled?: Handled | undefined }
  | { readonly do: "probe"; readonly because: "annotation" | "generation" };

/**
 * Whether a sink requests a probe. `spec.connectionTest` requests one for every generation, which its condition
 * records; the annotation requests one whenever it is set. An annotation that comes back within the interval was
 * restored by a GitOps tool and not set by a person, so it is ignored.
 * @param limits milliseconds
 */
export function decideSink(
  sink: Sink,
  handled: Handled | undefined,
  limits: { readonly now: number; readonly minIntervalMs: number },
): SinkDecision {
  if (sink.metadata.deletionTimestamp) return { do: "nothing" };
  const annotated = sink.metadata.annotations?.[ANNOTATIONS.testConnection] === "true";
  const known = handled?.generation === sink.metadata.generation ? handled : undefined;
  if (annotated && !isRepetition(known, limits)) return { do: "probe", because: "annotation" };
  if (asksByGeneration(sink)) return { do: "probe", because: "generation" };
  return { do: "nothing", handled: known && { ...known, ignoring: annotated } };
}

function isRepetition(
  known: Handled | undefined,
  { now, minIntervalMs }: { readonly now: number; readonly minIntervalMs: number },
): boolean {
  return known !== undefined && (known.ignoring || now - known.at < minIntervalMs);
}

function asksByGeneration(sink: Sink): boolean {
  if (sink.spec.connectionTest !== true) return false;
  const condition = sink.status?.conditions?.find(({ type }) => type === "ConnectionVerified");
  return condition?.observedGeneration !== sink.metadata.generation;
}
