import type { SinkType } from "../../api/vocabulary";
import type { Outcome } from "../outcome";
import { limitationsOf, strictFailure, type LimitationNote } from "./judge";
import type { ExporterSettings } from "./settings";

/** The outcome with the limitations of the exporter, and with the failure that strict settings add for one. */
export function predicted<T extends Pick<Outcome, "sink" | "report" | "failure">>(
  outcome: T,
  declared: readonly LimitationNote[],
  exporter: ExporterSettings,
): T & Pick<Outcome, "limitations"> {
  const notes = [...declared, ...(outcome.report?.limited ?? [])];
  const limitations = limitationsOf(outcome.sink?.type as SinkType, notes, exporter);
  if (limitations.length === 0) return outcome;
  const failure = outcome.failure ?? strictFailure(limitations, exporter);
  return { ...outcome, limitations, ...(failure ? { failure } : {}) };
}
