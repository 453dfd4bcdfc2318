import type { Condition, Sink } from "../../api/types";

/**
 * A condition that a sink has while a probe that it requested itself runs. From it, the operator's next process learns
 * that this process ended during the probe. The verdict removes it. Tools that read conditions by the kstatus
 * conventions ignore its type, so they still report the sink as ready.
 */
export const SINK_MARKER = "ConnectionProbing";

/** Conditions of a sink that the operator writes with a verdict. */
const KEPT = ["ConnectionVerified", "TLSInsecure"];

/** The condition's reason, with the number of interruptions before the probe that it marks. */
const REASON = /^Probing(?:After(\d{1,3}))?$/;
const MAX_COUNT = 999;

/** How many processes ended while they probed this generation of the sink at the sink's own request. */
export function sinkInterruptions({ metadata, status }: Sink): number {
  const marker = status?.conditions?.find(({ type }) => type === SINK_MARKER);
  if (!marker || marker.observedGeneration !== metadata.generation) return 0;
  const match = REASON.exec(marker.reason);
  return match ? Number(match[1] ?? 0) + 1 : 0;
}

/**
 * The conditions of a sink while its probe runs: those that the operator wrote before, and the marker.
 * @param now milliseconds since the epoch
 */
export function markedConditions(sink: Sink, interruptions: number, now: number): Condition[] {
  const kept = sink.status?.conditions?.filter(({ type }) => KEPT.includes(type)) ?? [];
  const count = Math.min(interruptions, MAX_COUNT);
  const marker: Condition = {
    type: SINK_MARKER,
    status: "True",
    reason: count === 0 ? "Probing" : `ProbingAfter${count}`,
    message:
      count === 0
        ? "The probe that the sink requested is running."
        : `The probe that the sink requested is running. The operator ended ${count} times during it.`,
    lastTransitionTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
    observedGeneration: sink.metadata.generation ?? 0,
  };
  return [...kept, marker];
}
