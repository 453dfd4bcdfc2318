import { describe, expect, it } from "vitest";
import type { LimitationId, SinkType } from "../../capabilities/api/vocabulary";
import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { disagreement, type Measured } from "../../lab/truth/judgement";
import { edition } from "../../lab/servers/programs/edition";
import { ON_SECOND_EDITION, type Difference } from "./second-edition";
import { recordResult } from "../../lab/truth/record";
import type { Exporter, TruthRow } from "../../lab/truth/row";
import { verdictOf, type VerdictOptions } from "../../lab/truth/verdict";

export interface TruthTable<Server> {
  readonly type: SinkType;
  readonly rows: readonly TruthRow<Server>[];
  readonly exporter: Exporter;
  /** The server, started by the file's own `beforeAll`. */
  readonly server: () => Server;
  /** Limitations that hold for every sink of the type and would hide all others. */
  readonly lifted?: readonly LimitationId[];
  readonly options?: Omit<VerdictOptions, "exporter">;
}

const EXPORT_TIMEOUT_MS = 60_000;

/** One test for each row: both modes of the probe, then the exporter's own operations, and what they must agree on. */
export function truthTable<Server>(table: TruthTable<Server>): void {
  const { type, rows } = table;
  describe(`verdicts on ${type} sinks agree with the exporter`, () => {
    it("each row has a name of its own", () => {
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    });
    it.for(rows)("$id: $about", async (row, { skip }) => {
      const difference = differenceOf(type, row.id);
      if (difference && "leftOut" in difference) return skip(difference.leftOut);
      const measured = { ...(await measure(table, row)), ...(difference && { fact: difference.fact }) };
      recordResult(type, row, measured);
      expect(disagreement(measured), JSON.stringify(measured, null, 1)).toBeUndefined();
    });
  });
}

function differenceOf(type: SinkType, id: string): Difference | undefined {
  return edition() === "second" ? ON_SECOND_EDITION[type]?.[id] : undefined;
}

async function measure<Server>(
  { server, exporter, options, lifted = [] }: TruthTable<Server>,
  row: TruthRow<Server>,
): Promise<Measured> {
  const settings = { ...DEFAULT_EXPORTER, lifted };
  const truthCase = await row.setUp(server());
  const plain = await verdictOf(truthCase, { ...options, exporter: settings });
  const strict = await verdictOf(truthCase, { ...options, exporter: { ...settings, strict: true } });
  const signal = AbortSignal.timeout(EXPORT_TIMEOUT_MS);
  const exported = await exporter(truthCase, { items: row.items ?? 2, signal });
  return { fact: row.fact, plain, strict, exported };
}
