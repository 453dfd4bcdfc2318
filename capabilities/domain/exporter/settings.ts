import type { LimitationId } from "../../api/vocabulary";

/** Versions of Kollect whose exporter can be predicted. `none`: no limitation is reported or applied. */
export const EXPORTER_VERSIONS = ["0.18", "next", "none"] as const;
export type ExporterVersion = (typeof EXPORTER_VERSIONS)[number];

/** Which exporter a verdict predicts. */
export interface ExporterSettings {
  readonly version: ExporterVersion;
  /** Whether the sink is probed as that version reads it, instead of as it is declared. */
  readonly strict: boolean;
  /** Whether the exporter's manager accepts private addresses (its flag `--allow-private-sinks`). */
  readonly privateSinks: "allowed" | "refused";
  /** Limitations that a patched build of that version does not have. */
  readonly lifted?: readonly LimitationId[];
}

/** The settings of an operator whose administrator sets none. */
export const DEFAULT_EXPORTER: ExporterSettings = {
  version: "0.18",
  strict: false,
  privateSinks: "allowed",
};
