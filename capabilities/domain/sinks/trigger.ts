import type { Sink } from "../../api/types";
import { ANNOTATIONS } from "../../api/vocabulary";

/** What is remembered of the last probe that a sink's annotation asked for. */
export interface Handled {
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The annotation came back too soon and is left standing until it is gone or the generation moves. */
  readonly ignoring: boolean;
}

export type SinkDecision =
  | { readonly do: "nothing"; readonly handled?: Handled | undefined }
  | { readonly do: "probe"; readonly because: "annotation" | "generation" };

/**
 * Whether a sink asks for a probe. `spec.connectionTest` asks once for every generation, which its condition
 * remembers; the annotation asks once whenever it is set, but one that comes back within the interval was put
 * back by a GitOps tool and not by a person, so it is left alone.
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
