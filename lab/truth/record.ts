import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { agrees, type Measured } from "./judgement";
import type { TruthRow } from "./row";

/** Names the folder that `npm run truth` reads results from, one file for each type, one JSON object a line. */
export const TRUTH_RESULTS = "TRUTH_RESULTS";

/** One row as it came out; the secrets of the case are not part of it. */
export interface TruthResult {
  readonly type: SinkType;
  readonly id: string;
  readonly about: string;
  readonly fact: string;
  readonly standIn?: string;
  readonly exported: boolean;
  readonly verified: boolean;
  readonly strict: boolean;
  readonly agrees: boolean;
  readonly cause?: string;
  /** In strict mode, which the figures are about. */
  readonly unproven: readonly string[];
  readonly limitations: readonly string[];
}

/** Keeps the result where the environment asks for it; does nothing otherwise. */
export function recordResult(
  type: SinkType,
  row: Omit<TruthRow<never>, "setUp">,
  measured: Measured,
  env: NodeJS.ProcessEnv = process.env,
): void {
  const folder = env[TRUTH_RESULTS];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${type}.jsonl`), `${JSON.stringify(resultOf(type, row, measured))}\n`);
}

function resultOf(type: SinkType, row: Omit<TruthRow<never>, "setUp">, measured: Measured): TruthResult {
  const { plain, strict, exported } = measured;
  return {
    type,
    id: row.id,
    about: row.about,
    fact: row.fact,
    ...(row.standIn ? { standIn: row.standIn } : {}),
    exported: exported.works,
    verified: plain.verified,
    strict: strict.verified,
    agrees: agrees(measured),
    ...(plain.cause ? { cause: plain.cause } : {}),
    unproven: strict.unproven.map(({ need }) => need),
    limitations: plain.limitations.map(({ id }) => id),
  };
}
