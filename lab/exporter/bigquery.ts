import { randomUUID } from "node:crypto";
import type { KollectDatabaseSink } from "../../capabilities/api/types";
import type { Exporter, TruthCase } from "../truth/row";
import { apiOf, tokenOf, type Api, type KeyFile } from "./bigquery-client";
import { failedStep, missingSecret } from "./outcome";

/** In what an exporter differs from Kollect 0.18 against the real service. */
export interface BigqueryExporter {
  /** Whether requests carry a token: 0.18 sends none. */
  readonly sendsToken: boolean;
  /** Whether the authority of `spec.tls` is trusted: 0.18 ignores it. */
  readonly readsTls: boolean;
  /** `BIGQUERY_EMULATOR_HOST` of the exporter's pod. */
  readonly emulator?: string;
}

/**
 * What Kollect's exporter does with a bigquery sink (facts/exporter.md, 2.3 and 2.0). At its start `tables.insert` with
 * mode ensure, where a duplicate is fine, and `tables.get` with mode existing; every export is a query job MERGE and a
 * query job DELETE, with the location if the sink has one. The emulator gets DELETE and INSERT without credentials.
 * Credentials are those of `bigquery.secretRef` alone, of type service_account. 0.18 ignores `spec.endpoint` too: here it
 * stands for bigquery.googleapis.com, which the laboratory does not dial.
 */
export function exportToBigquery(as: BigqueryExporter): Exporter {
  return async (truthCase, { items, signal }) => {
    const { bigquery } = (truthCase.sink as KollectDatabaseSink).spec;
    const missing = missingSecret(truthCase, bigquery?.secretRef?.name);
    if (missing) return missing;
    let step = "construction";
    try {
      const api = await connect(truthCase, as, signal);
      const target = targetOf(truthCase);
      await construct(api, target);
      for (const round of [1, 2]) {
        for (const [name, sql] of statements(target, {
          round,
          items,
          isEmulator: as.emulator !== undefined,
        })) {
          step = name;
          await runJob(api, target, sql);
        }
      }
      return { works: true };
    } catch (error) {
      return failedStep(step, error);
    }
  };
}

interface Target {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly location?: string;
  readonly isExisting: boolean;
}

function targetOf({ sink }: TruthCase): Target {
  const { bigquery, provisioning } = (sink as KollectDatabaseSink).spec;
  if (![bigquery?.project, bigquery?.dataset, bigquery?.table].every(Boolean)) {
    throw new Error("project, dataset and table are required");
  }
  const { project, dataset, table, location } = bigquery as NonNullable<typeof bigquery>;
  const isExisting = provisioning?.mode?.trim().toLowerCase() === "existing";
  return { project, dataset, table, isExisting, ...(location ? { location } : {}) };
}

async function connect(truthCase: TruthCase, as: BigqueryExporter, signal: AbortSignal): Promise<Api> {
  if (as.emulator !== undefined) return apiOf({ url: `http://${as.emulator}`, signal });
  const { tls, endpoint = "" } = truthCase.sink.spec;
  const ca = as.readsTls && tls?.caBundle ? Buffer.from(tls.caBundle, "base64").toString("utf8") : undefined;
  const at = { signal, ...(ca ? { ca } : {}) };
  const file = keyFileOf(truthCase);
  return apiOf({ url: endpoint, ...at, ...(as.sendsToken ? { token: await tokenOf(file, at) } : {}) });
}

function keyFileOf({ sink, secrets }: TruthCase): KeyFile {
  const reference = (sink as KollectDatabaseSink).spec.bigquery?.secretRef;
  if (!reference) throw new Error("could not find default credentials");
  const text = secrets[reference.name]?.["credentials.json"]?.toString() ?? "";
  if (text === "") throw new Error("bigquery secret has no credentials.json");
  const file = JSON.parse(text) as KeyFile;
  if (file.type !== "service_account") throw new Error(`credentials of type ${file.type}`);
  return file;
}

/** The facts name five of the columns; the others are those of the postgres table. */
const COLUMNS = [
  ...["inventory_namespace", "inventory_name", "target_name", "source_uid"],
  ...["cluster", "resource_namespace", "payload", "exported_at"],
];

async function construct(api: Api, target: Target): Promise<void> {
  const { project, dataset, table, isExisting } = target;
  const tables = `/bigquery/v2/projects/${enc(project)}/datasets/${enc(dataset)}/tables`;
  if (isExisting) {
    await api("GET", `${tables}/${enc(table)}`);
    return;
  }
  const body = {
    tableReference: { projectId: project, datasetId: dataset, tableId: table },
    schema: {
      fields: COLUMNS.map((name) => ({ name, type: name === "exported_at" ? "TIMESTAMP" : "STRING" })),
    },
    timePartitioning: { type: "DAY", field: "exported_at" },
    clustering: { fields: ["cluster", "inventory_namespace", "inventory_name", "resource_namespace"] },
  };
  await api("POST", tables, body).catch((error: unknown) => {
    if (!String(error).includes("409 duplicate")) throw error;
  });
}

interface Export {
  readonly round: number;
  readonly items: number;
  readonly isEmulator: boolean;
}

function statements(
  target: Target,
  { round, items, isEmulator }: Export,
): readonly (readonly [string, string])[] {
  const name = `\`${target.project}.${target.dataset}.${target.table}\``;
  const columns = COLUMNS.join(", ");
  const where = "inventory_namespace = 'shop' AND inventory_name = 'orders'";
  const values = (index: number): string =>
    `'shop', 'orders', 'pods', 'uid-${index}', 'lab', 'shop', '{"round":${round}}', CURRENT_TIMESTAMP()`;
  const rows = Array.from({ length: items }, (_, index) => values(index));
  if (isEmulator) {
    const insert = `INSERT INTO ${name} (${columns}) VALUES ${rows.map((row) => `(${row})`).join(", ")}`;
    return [
      ["DELETE", `DELETE FROM ${name} WHERE ${where}`],
      ["INSERT", insert],
    ];
  }
  const source = rows.map((row) => `SELECT ${row}`).join(" UNION ALL ");
  const merge =
    `MERGE ${name} AS t USING (${source}) AS s ON t.source_uid = s.source_uid ` +
    `WHEN MATCHED THEN UPDATE SET payload = s.payload WHEN NOT MATCHED THEN INSERT (${columns}) ROW`;
  return [
    ["MERGE", merge],
    ["DELETE", `DELETE FROM ${name} WHERE ${where} AND NOT EXISTS (SELECT 1)`],
  ];
}

async function runJob(api: Api, { project, location }: Target, query: string): Promise<void> {
  const path = `/bigquery/v2/projects/${enc(project)}`;
  const jobReference = {
    projectId: project,
    jobId: `lab_${randomUUID()}`,
    ...(location ? { location } : {}),
  };
  const configuration = { query: { query, useLegacySql: false } };
  await api("POST", `${path}/jobs`, { jobReference, configuration });
  await api("GET", `${path}/queries/${jobReference.jobId}`);
}

function enc(text: string): string {
  return encodeURIComponent(text);
}
