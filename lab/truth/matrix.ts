import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SINK_TYPES, type SinkType } from "../../capabilities/api/vocabulary";
import type { TruthResult } from "./record";

/** How the verdicts on the sinks of one type compare with the exporter. */
export interface TypeAccuracy {
  readonly type: SinkType;
  readonly rows: number;
  /** Rows against a stand-in, because no real server can be had. */
  readonly standIns: number;
  /** In strict mode. A false green says True and the export fails; a false red is the other way round. */
  readonly agree: number;
  readonly falseGreen: number;
  readonly falseRed: number;
  /** False greens that name the need that is not proven. */
  readonly unproven: number;
  /** Of the rows whose fact can be asked without a write (classes R, S and C), in strict mode. */
  readonly askable: number;
  readonly askableAgree: number;
  /** With default settings: rows whose verdict differs from the outcome; a limitation or need explains each. */
  readonly explained: number;
}

/** The results in a folder, by type; types without a file are left out. */
export function readResults(folder: string): Map<SinkType, TruthResult[]> {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const found = SINK_TYPES.filter((type) => files.includes(`${type}.jsonl`));
  return new Map(found.map((type) => [type, parse(join(folder, `${type}.jsonl`))]));
}

function parse(file: string): TruthResult[] {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as TruthResult);
}

/** The figures of one type. */
export function accuracyOf(type: SinkType, results: readonly TruthResult[]): TypeAccuracy {
  const askable = results.filter(({ fact }) => ["R", "S", "C"].includes(fact));
  const falseGreens = results.filter(({ strict, exported }) => strict && !exported);
  return {
    type,
    rows: results.length,
    standIns: results.filter(({ standIn }) => standIn !== undefined).length,
    agree: results.filter(({ agrees }) => agrees).length,
    falseGreen: falseGreens.length,
    falseRed: results.filter(({ strict, exported }) => !strict && exported).length,
    unproven: falseGreens.filter(({ unproven }) => unproven.length > 0).length,
    askable: askable.length,
    askableAgree: askable.filter(({ agrees }) => agrees).length,
    explained: results.filter(({ verified, exported }) => verified !== exported).length,
  };
}

/** The figures of all types together. */
export function total(types: readonly TypeAccuracy[]): Omit<TypeAccuracy, "type"> {
  const sum = (key: Exclude<keyof TypeAccuracy, "type">): number =>
    types.reduce((all, accuracy) => all + accuracy[key], 0);
  return {
    rows: sum("rows"),
    standIns: sum("standIns"),
    agree: sum("agree"),
    falseGreen: sum("falseGreen"),
    falseRed: sum("falseRed"),
    unproven: sum("unproven"),
    askable: sum("askable"),
    askableAgree: sum("askableAgree"),
    explained: sum("explained"),
  };
}
