import type { ExporterLimitation, UnprovenNeed } from "../../api/types";
import {
  LIMITATION_EFFECTS,
  LIMITATION_IDS,
  MAX_LIMITATIONS,
  type LimitationEffect,
  type LimitationId,
  type SinkType,
} from "../../api/vocabulary";
import type { Failure } from "../failure";
import type { Limitation } from "./limitation";
import { LIMITATIONS } from "./limitations";
import type { ExporterSettings } from "./settings";
import type { SinkInput } from "./sink-input";

export type { ExporterLimitation, UnprovenNeed };

/** A limitation that a sink or its probe shows; the effect defaults to that of the limitation's row. */
export interface LimitationNote {
  readonly id: LimitationId;
  readonly effect?: LimitationEffect;
}

/** Name of the exporter of these settings, for messages. */
export function exporterName({ version }: ExporterSettings): string {
  return version === "next" ? "The next release of Kollect" : `Kollect ${version}`;
}

/** The limitations that follow from the sink and its Secrets alone. */
export function declaredLimitations(
  type: SinkType,
  input: SinkInput,
  settings: ExporterSettings,
): LimitationNote[] {
  return rowsOf(type, settings)
    .filter(([, { applies }]) => applies?.(input) ?? false)
    .map(([id]) => ({ id }));
}

/** The sink as the exporter of these settings reads it; the input itself unless the settings are strict. */
export function asExporterReads(type: SinkType, input: SinkInput, settings: ExporterSettings): SinkInput {
  if (!settings.strict) return input;
  return rowsOf(type, settings).reduce((read, [, { rewrite }]) => rewrite?.(read) ?? read, input);
}

/** The limitations of a verdict as status shows them, the worst first: the notes that apply under the settings. */
export function limitationsOf(
  type: SinkType,
  notes: readonly LimitationNote[],
  settings: ExporterSettings,
): ExporterLimitation[] {
  const held = rowsOf(type, settings).flatMap(([id, limitation]): ExporterLimitation[] => {
    const effects = notes.filter((note) => note.id === id).map(({ effect }) => effect ?? limitation.effect);
    const effect = LIMITATION_EFFECTS.find((each) => effects.includes(each));
    return effect === undefined ? [] : [{ id, effect, message: sentence(limitation, effect, settings) }];
  });
  return held.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_LIMITATIONS);
}

/**
 * The failure that strict settings add to a probe that found none: that of a limitation which makes exports fail and
 * which no reading of the sink avoids.
 */
export function strictFailure(
  limitations: readonly ExporterLimitation[],
  { strict }: ExporterSettings,
): Failure | undefined {
  if (!strict) return undefined;
  const decisive = limitations.find(({ id, effect }) => effect === "fails" && !LIMITATIONS[id].rewrite);
  if (!decisive) return undefined;
  const { message } = decisive;
  return { reason: "ConnectionTestFailed", cause: "UnsupportedByExporter", message };
}

/** Whether a row of the table applies under these settings, for probes that depend on one. */
export function holds(id: LimitationId, settings: ExporterSettings): boolean {
  const { versions, onlyIf } = LIMITATIONS[id];
  const { version, lifted = [] } = settings;
  return (
    version !== "none" && versions.includes(version) && !lifted.includes(id) && (onlyIf?.(settings) ?? true)
  );
}

function rowsOf(type: SinkType, settings: ExporterSettings): [LimitationId, Limitation][] {
  return LIMITATION_IDS.map((id): [LimitationId, Limitation] => [id, LIMITATIONS[id]]).filter(
    ([id, { types }]) => types.includes(type) && holds(id, settings),
  );
}

function sentence(
  { does, workaround }: Limitation,
  effect: LimitationEffect,
  settings: ExporterSettings,
): string {
  const consequence = effect === "fails" ? ", so exports fail" : "";
  return `${exporterName(settings)} ${does}${consequence}. ${workaround}`;
}

function rank({ effect }: ExporterLimitation): number {
  return LIMITATION_EFFECTS.indexOf(effect);
}
