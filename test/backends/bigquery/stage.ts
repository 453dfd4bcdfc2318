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
  "bigquery.tables.updateData",
];
export const accounts = {
  all: createAccount("all"),
  "only updateData": createAccount("only-update"),
  "datasets.get and updateData": createAccount("no-jobs"),
  "jobs.create and updateData": createAccount("no-datasets"),
  "all but updateData": createAccount("no-update"),
  nothing: createAccount("nothing"),
} as const;
const grants = new Map<TestAccount, readonly string[]>([
  [accounts.all, ALL],
  [accounts["only updateData"], ["bigquery.tables.updateData"]],
  [accounts["datasets.get and updateData"], ["bigquery.datasets.get", "bigquery.tables.updateData"]],
  [accounts["jobs.create and updateData"], ["bigquery.jobs.create", "bigquery.tables.updateData"]],
  [accounts["all but updateData"], ALL.slice(0, 3)],
  [accounts.nothing, []],
]);
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
    server = await startBigquery({ tls, grants, project: PROJECT, datasets: DATASETS });
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
