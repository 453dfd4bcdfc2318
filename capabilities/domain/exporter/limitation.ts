import type { LimitationEffect, SinkType } from "../../api/vocabulary";
import type { ExporterSettings, ExporterVersion } from "./settings";
import type { SinkInput } from "./sink-input";

/** One row of the table of limitations: where a version of the exporter deviates from the sink's declaration. */
export interface Limitation {
  readonly types: readonly SinkType[];
  readonly versions: readonly Exclude<ExporterVersion, "none">[];
  /** When it applies, for the docs page. */
  readonly when: string;
  /** The effect, unless a probe notes a worse one. */
  readonly effect: LimitationEffect;
  /** Whether it applies, from the sink alone; absent where only a probe can tell. */
  readonly applies?: (input: SinkInput) => boolean;
  /** Settings that it requires. */
  readonly onlyIf?: (settings: ExporterSettings) => boolean;
  /** The sink as the exporter reads it; absent where no reading of it works. */
  readonly rewrite?: (input: SinkInput) => SinkInput;
  /** Whether it makes the verdict False in every mode, with cause `TargetNotFound`. */
  readonly decidesVerdict?: true;
  /** What the exporter does, completing "Kollect 0.18 …" without a full stop. */
  readonly does: string;
  /** What to do instead: sentences. */
  readonly workaround: string;
  /** Source of the fact. */
  readonly source: string;
}
