import type { ExportOutcome, FactClass } from "./row";
import type { TruthVerdict } from "./verdict";

/** What both modes of the probe and the exporter said of one row. */
export interface Measured {
  readonly fact: FactClass;
  /** With default settings, and with `KOLLECT_EXPORTER_STRICT`. */
  readonly plain: TruthVerdict;
  readonly strict: TruthVerdict;
  readonly exported: ExportOutcome;
}

/** Facts that no question without a write answers. */
const UNASKABLE: ReadonlySet<FactClass> = new Set<FactClass>(["U", "W"]);

/** Whether verdict and outcome agree in strict mode, to the letter. */
export function agrees({ strict, exported }: Measured): boolean {
  return strict.verified === exported.works;
}

/** What is wrong with a row, as a sentence; undefined when it is as the contract says. */
export function disagreement(measured: Measured): string | undefined {
  return strictFault(measured) ?? plainFault(measured);
}

function strictFault(measured: Measured): string | undefined {
  const { fact, strict, exported } = measured;
  if (agrees(measured)) return undefined;
  if (!strict.verified) return `strict mode says False (${strict.message}), and the export works`;
  if (UNASKABLE.has(fact) && strict.unproven.length > 0) return undefined;
  return `strict mode says True, and the export fails: ${exportFault(exported)}`;
}

/** With default settings no disagreement may be silent, and a False needs a setting that the exporter ignores. */
function plainFault({ plain, strict, exported }: Measured): string | undefined {
  if (plain.verified === exported.works) return undefined;
  if (!plain.verified) {
    if (strict.verified) return undefined;
    return `the verdict is False (${plain.message}), and the export works`;
  }
  const limited = plain.limitations.some(({ effect }) => effect === "fails");
  if (limited || plain.unproven.length > 0) return undefined;
  return `the verdict is True without a word, and the export fails: ${exportFault(exported)}`;
}

function exportFault(exported: ExportOutcome): string {
  return exported.works ? "" : `${exported.step}: ${exported.error}`;
}
