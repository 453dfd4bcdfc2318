import type { KollectDatabaseSinkSpec } from "../../../capabilities/api/types";
import { COLUMNS, PROJECT } from "../../../lab/backends/bigquery";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startBigquery, startBigqueryEmulator } from "../../../lab/servers/google/bigquery";
import type { Dataset } from "../../../lab/servers/google/bigquery-state";
import { createAccount, type GoogleStandIn, type TestAccount } from "../../../lab/servers/google/stand-in";
import type { WebServer } from "../../../lab/servers/web";
import type { FactClass, TruthRow } from "../../../lab/truth/row";

/** The stand-in and its emulator's form, whose state each row sets. */
export interface BigqueryServers {
  readonly authority: Authority;
  readonly google: GoogleStandIn;
  readonly emulator: WebServer;
  readonly account: TestAccount;
  /** An account that Google does not know any more. */
  readonly stranger: TestAccount;
  readonly datasets: Record<string, Dataset>;
  /** What the account may do. */
  readonly rights: string[];
  stop(): Promise<void>;
}

export async function startServers(): Promise<BigqueryServers> {
  const authority = createAuthority();
  const [account, stranger] = [createAccount("kollect"), createAccount("deleted")];
  const datasets: Record<string, Dataset> = {};
  const rights: string[] = [];
  const tls = authority.issue({ names: ["localhost"] });
  const grants = new Map([[account, rights]]);
  const [google, emulator] = await Promise.all([
    startBigquery({ tls, project: PROJECT, datasets, grants }),
    startBigqueryEmulator({ project: PROJECT, datasets }),
  ]);
  const stop = async (): Promise<void> => void (await Promise.all([google.close(), emulator.close()]));
  return { authority, google, emulator, account, stranger, datasets, rights, stop };
}

/** Each right that the two modes need, in the whole project. */
export const EXISTING = [
  "bigquery.jobs.create",
  "bigquery.tables.get",
  "bigquery.tables.getData",
  "bigquery.tables.updateData",
];
export const ENSURE = [
  ...EXISTING.filter((right) => right !== "bigquery.tables.get"),
  "bigquery.tables.create",
];
/** Those of both, and what a test sees more with. */
export const FULL = [...new Set([...EXISTING, ...ENSURE]), "bigquery.datasets.get"];

type Values = Readonly<Record<string, string>>;
type Block = NonNullable<KollectDatabaseSinkSpec["bigquery"]>;

/** In what a row differs from a sink that works: full rights, mode existing, a table of the exporter's. */
export interface RowParts {
  readonly fact: FactClass;
  readonly rights?: readonly string[];
  readonly mode?: "ensure" | "existing" | "unset";
  readonly target?: Partial<Block>;
  /** The datasets, instead of `inventory` in EU with the table `items`. */
  readonly datasets?: Readonly<Record<string, Dataset>>;
  /** Values of the Secret that `spec.bigquery.secretRef` names; null for none. */
  readonly keys?: ((server: BigqueryServers) => Values) | null;
  readonly spec?: (server: BigqueryServers) => Partial<KollectDatabaseSinkSpec>;
  /** Further Secrets, by name. */
  readonly secrets?: (server: BigqueryServers) => Readonly<Record<string, Values>>;
}

export const TABLE = { columns: COLUMNS };

export function keyFile({ google, account }: BigqueryServers): Values {
  return { "credentials.json": google.keyFile(account) };
}

export function row(id: string, about: string, parts: RowParts): TruthRow<BigqueryServers> {
  const standIn = "BigQuery's REST API and token endpoint, with the documented rules";
  return { id, about, fact: parts.fact, standIn, setUp: (server) => Promise.resolve(caseOf(server, parts)) };
}

function caseOf(server: BigqueryServers, parts: RowParts): Awaited<ReturnType<TruthRow<never>["setUp"]>> {
  bringInto(server, parts);
  const { mode = "existing", target, keys = keyFile, spec, secrets } = parts;
  const reference = keys ? { secretRef: { name: "bq-key" } } : {};
  const block: Block = { project: PROJECT, dataset: "inventory", table: "items", ...reference, ...target };
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectDatabaseSink",
      metadata: { name: "warehouse", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: "bigquery",
        endpoint: `https://localhost:${server.google.port}`,
        tls: { caBundle: Buffer.from(server.authority.cert).toString("base64") },
        ...(mode === "unset" ? {} : { provisioning: { mode } }),
        ...spec?.(server),
        bigquery: block,
      },
    },
    secrets: { ...(keys ? { "bq-key": keys(server) } : {}), ...secrets?.(server) },
  };
}

function bringInto({ rights, datasets }: BigqueryServers, parts: RowParts): void {
  rights.splice(0, rights.length, ...(parts.rights ?? FULL));
  for (const name of Object.keys(datasets)) delete datasets[name];
  const wanted = parts.datasets ?? { inventory: { location: "EU", tables: { items: TABLE } } };
  // A copy, because the exporter creates tables.
  for (const [name, { location, tables }] of Object.entries(wanted)) {
    datasets[name] = { location, tables: { ...tables } };
  }
}
