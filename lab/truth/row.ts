import type { Sink } from "../../capabilities/api/types";

/**
 * What kind of fact a row turns on. R: rights, and S: state of the target, that a question without a write answers.
 * C: how sink and Secret are read. U: rights that the backend does not tell this user. W: what only a write tells.
 */
export type FactClass = "R" | "S" | "C" | "U" | "W";

/** A sink with the Secrets of its namespace. */
export interface TruthCase {
  readonly sink: Sink;
  /** Values by the Secret's name; a name that is not here is a Secret that does not exist. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>>;
}

/** One sink at a server in a known state: the probe and the exporter must come to the same end. */
export interface TruthRow<Server> {
  /** As in the lists that the row is from; unique within its type. */
  readonly id: string;
  /** In what it differs from a working set. */
  readonly about: string;
  readonly fact: FactClass;
  /** How many items the exporter writes; 2 unless the row is about its bulk path. */
  readonly items?: number;
  /** Set where no real server can be had: what stands in for it, and for which rules. */
  readonly standIn?: string;
  /** Brings the server into the row's state, whatever came before, and gives the sink. */
  readonly setUp: (server: Server) => Promise<TruthCase>;
}

/** How the exporter's own operations came out. */
export type ExportOutcome =
  | { readonly works: true }
  /** `step` is an operation of the exporter, such as "upsert"; `error` is its text, for the report of the test. */
  | { readonly works: false; readonly step: string; readonly error: string };

/**
 * Performs the exporter's operations on the case by an independent client, twice, as the facts describe them. Resolves
 * with the outcome; rejects only for a fault of the laboratory.
 */
export type Exporter = (
  truthCase: TruthCase,
  options: { readonly items: number; readonly signal: AbortSignal },
) => Promise<ExportOutcome>;
