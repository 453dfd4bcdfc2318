import { afterAll, beforeAll } from "vitest";
import { bigqueryProbe } from "../../../capabilities/probes/bigquery/probe";
import { bigqueryCase, DATASETS, PROJECT, type BigqueryCaseOptions } from "../../../lab/backends/bigquery";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { trusting } from "../../../lab/backends/s3";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startBigquery } from "../../../lab/servers/google/bigquery";
import { createAccount, type GoogleStandIn, type TestAccount } from "../../../lab/servers/google/stand-in";
import { runsOf } from "../expect-report";

const ALL = [
  "bigquery.datasets.get",
  "bigquery.jobs.create",
  "bigquery.tables.get",
  "bigquery.tables.getData",
  "bigquery.tables.updateData",
];
const DATA = ["bigquery.tables.getData", "bigquery.tables.updateData"];
export const accounts = {
  all: createAccount("all"),
  "only data": createAccount("only-data"),
  "datasets.get and data": createAccount("no-jobs"),
  "jobs.create and data": createAccount("no-datasets"),
  "all but updateData": createAccount("no-update"),
  "all but getData": createAccount("no-data"),
  "all but tables.get": createAccount("no-get"),
  "jobs.create": createAccount("only-jobs"),
  nothing: createAccount("nothing"),
} as const;
const without = (right: string): string[] => ALL.filter((each) => each !== right);
const grants = new Map<TestAccount, readonly string[]>([
  [accounts.all, ALL],
  [accounts["only data"], DATA],
  [accounts["datasets.get and data"], ["bigquery.datasets.get", ...DATA]],
  [accounts["jobs.create and data"], ["bigquery.jobs.create", ...DATA]],
  [accounts["all but updateData"], without("bigquery.tables.updateData")],
  [accounts["all but getData"], without("bigquery.tables.getData")],
  [accounts["all but tables.get"], without("bigquery.tables.get")],
  [accounts["jobs.create"], ["bigquery.jobs.create"]],
  [accounts.nothing, []],
]);
const { inventory } = DATASETS;
const datasets = {
  inventory: {
    ...inventory,
    tables: {
      ...inventory.tables,
      a_view: { ...inventory.tables.items, type: "VIEW" },
      orders: { columns: ["id"] },
    },
  },
};
export const stranger = createAccount("stranger");

const KEYS = [...grants.keys(), stranger].map(({ file }) => file.private_key ?? "");
export const SECRETS = [...KEYS, "canary-server-message"];
export const run = runsOf(bigqueryProbe, SECRETS);

export interface Stage {
  readonly authority: Authority;
  readonly server: GoogleStandIn;
  /** A sink with a key file of the account. */
  as(account: TestAccount, options?: BigqueryCaseOptions): ProbeCase;
}

/** BigQuery's API with these accounts for the tests of a file. */
export function useBigquery(): Stage {
  const authority = createAuthority();
  let server: GoogleStandIn;
  beforeAll(async () => {
    const tls = authority.issue({ names: ["localhost", "bigquery.googleapis.com"] });
    server = await startBigquery({ tls, grants, project: PROJECT, datasets });
  });
  afterAll(() => server?.close());
  return {
    authority,
    get server() {
      return server;
    },
    as: (account, options) =>
      bigqueryCase({
        endpoint: `https://localhost:${server.port}`,
        secret: { "credentials.json": server.keyFile(account) },
        tls: trusting(authority.cert),
        ...options,
      }),
  };
}
