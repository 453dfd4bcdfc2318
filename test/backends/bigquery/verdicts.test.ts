import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { bigqueryProbe, createBigqueryProbe } from "../../../capabilities/probes/bigquery/probe";
import { bigqueryCase, DATASETS, PROJECT, type BigqueryCaseOptions } from "../../../lab/backends/bigquery";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { trusting } from "../../../lab/backends/s3";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startBigquery, startBigqueryEmulator } from "../../../lab/servers/google/bigquery";
import {
  apiError,
  createAccount,
  startGoogle,
  type GoogleStandIn,
  type TestAccount,
} from "../../../lab/servers/google/stand-in";
import type { WebAnswer } from "../../../lab/servers/web";
import { expectFailure, expectPassed, results, runsOf } from "../expect-report";
import { googleMetadata } from "../pod-identity";

const ALL = [
  "bigquery.datasets.get",
  "bigquery.jobs.create",
  "bigquery.tables.get",
  "bigquery.tables.updateData",
];
const accounts = {
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
const stranger = createAccount("stranger");

let authority: Authority;
let server: GoogleStandIn;

beforeAll(async () => {
  authority = createAuthority();
  const tls = authority.issue({ names: ["localhost", "bigquery.googleapis.com"] });
  server = await startBigquery({ tls, grants, project: PROJECT, datasets: DATASETS });
});
afterAll(() => server?.close());

const KEYS = [...grants.keys(), stranger].map(({ file }) => file.private_key ?? "");
const SECRETS = [...KEYS, "canary-server-message"];
const run = runsOf(bigqueryProbe, SECRETS);

function as(account: TestAccount, options: BigqueryCaseOptions = {}): ProbeCase {
  return bigqueryCase({
    endpoint: `https://localhost:${server.port}`,
    secret: { "credentials.json": server.keyFile(account) },
    tls: trusting(authority.cert),
    ...options,
  });
}

interface Row {
  readonly grants: keyof typeof accounts;
  readonly sink?: BigqueryCaseOptions;
  readonly cause?: string;
  readonly says?: RegExp;
  readonly verify?: string;
  readonly authorize?: string;
}

const NOT_YET = "Skipped: the table does not exist yet, and only creating it would tell";
const HIDDEN = "Skipped: not permitted to ask";
const ROWS: readonly Row[] = [
  { grants: "all", verify: "Passed", authorize: "Passed" },
  { grants: "all", sink: { location: "EU", mode: "existing" }, verify: "Passed", authorize: "Passed" },
  { grants: "all", sink: { location: "eu" }, verify: "Passed" },
  { grants: "all", sink: { table: "new", mode: "ensure" }, verify: "Passed", authorize: NOT_YET },
  { grants: "all", sink: { table: "new" }, authorize: NOT_YET },
  {
    grants: "all",
    sink: { table: "new", mode: "existing" },
    cause: "TargetNotFound",
    says: /has no table new in dataset example-project\.inventory\. Create it, or let the sink create it/,
  },
  { grants: "only updateData", verify: HIDDEN, authorize: "Passed" },
  { grants: "only updateData", sink: { table: "new" }, verify: HIDDEN, authorize: HIDDEN },
  {
    grants: "only updateData",
    sink: { table: "new", mode: "existing" },
    cause: "PermissionDenied",
    says: /does not let the account .* write to table new/,
  },
  { grants: "datasets.get and updateData", verify: "Passed", authorize: "Passed" },
  { grants: "jobs.create and updateData", verify: "Passed", authorize: "Passed" },
  {
    grants: "all but updateData",
    cause: "PermissionDenied",
    says: /write to table items of dataset example-project\.inventory \(bigquery\.tables\.updateData\)\. Grant it/,
    verify: "Passed",
    authorize: "Failed",
  },
  { grants: "nothing", sink: { mode: "existing" }, cause: "PermissionDenied", verify: HIDDEN },
  {
    grants: "all",
    sink: { dataset: "no_such_dataset" },
    cause: "TargetNotFound",
    says: /has no dataset example-project\.no_such_dataset\. Create it, or check spec\.bigquery\.project, dataset/,
  },
  { grants: "all", sink: { project: "no-such-project" }, cause: "TargetNotFound", verify: "Failed" },
  {
    grants: "all",
    sink: { location: "US" },
    cause: "InvalidConfiguration",
    says: /dataset example-project\.inventory in location EU, not US\. Set spec\.bigquery\.location to EU\./,
  },
  {
    grants: "jobs.create and updateData",
    sink: { location: "atlantis-east1" },
    cause: "InvalidConfiguration",
    verify: "Failed",
  },
];

describe("bigquery verdicts", () => {
  it.each(ROWS)("with $grants and $sink: $cause $authorize", async (row) => {
    const report = await run(as(accounts[row.grants], row.sink));
    expect(report.failure?.cause).toBe(row.cause);
    if (row.says) expect(report.failure?.message).toMatch(row.says);
    const { Verify, Authorize } = results(report);
    if (row.verify) expect(Verify).toBe(row.verify);
    if (row.authorize) expect(Authorize).toBe(row.authorize);
  });

  it("runs no query and changes nothing", async () => {
    const before = server.requests.length;
    await run(as(accounts.all));
    await run(as(accounts.nothing));
    const asked = server.requests.slice(before);
    const api = `/bigquery/v2/projects/${PROJECT}`;
    expect([...new Set(asked.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual(
      [
        "POST /token",
        `GET ${api}/datasets/inventory`,
        `POST ${api}/queries`,
        `POST ${api}/datasets/inventory/tables/items:testIamPermissions`,
        `GET ${api}/datasets/inventory/tables/items?fields=id`,
      ].sort(),
    );
    const queries = asked.filter(({ path }) => path.endsWith("/queries"));
    expect(queries.map(({ body }) => JSON.parse(body))).toContainEqual({
      query: "SELECT 1",
      dryRun: true,
      useLegacySql: false,
      location: "EU",
    });
    expect(queries.every(({ body }) => (JSON.parse(body) as { dryRun?: unknown }).dryRun === true)).toBe(
      true,
    );
  });

  it("reports AuthenticationFailed for an account that Google does not know", async () => {
    await expectFailure(
      run(as(stranger)),
      "AuthenticationFailed",
      /Check the key credentials\.json of Secret bq-key/,
    );
  });

  it("names the clock skew", async () => {
    await expectFailure(
      runsOf(
        createBigqueryProbe(() => Date.now() + 2 * 3600_000),
        SECRETS,
      )(as(accounts.all)),
      "AuthenticationFailed",
      /clock is 120 min ahead of/,
    );
  });

  it.each<[what: string, answer: WebAnswer, cause: Cause]>([
    ["the API is turned off", apiError(403, "accessNotConfigured", "PERMISSION_DENIED"), "PermissionDenied"],
    ["the quota is used up", apiError(403, "rateLimitExceeded", "RESOURCE_EXHAUSTED"), "TooManyConnections"],
    ["the service is ill", apiError(503, "backendError", "UNAVAILABLE"), "Unreachable"],
    ["a proxy answers", { status: 403, body: "<html>canary-server-message</html>" }, "ProtocolError"],
    [
      "it is sent elsewhere",
      { status: 302, headers: { location: "http://169.254.169.254/" } },
      "ProtocolError",
    ],
  ])("reports it when %s", async (_what, answer, cause) => {
    const tls = authority.issue({ names: ["localhost"] });
    const scope = "https://www.googleapis.com/auth/bigquery";
    const ill = await startGoogle({ tls, accounts: [accounts.all], scope, api: () => answer });
    try {
      const secret = { "credentials.json": ill.keyFile(accounts.all) };
      const report = await expectFailure(
        run(as(accounts.all, { endpoint: `https://localhost:${ill.port}`, secret })),
        cause,
      );
      expect(results(report).Verify).toBe("Failed");
    } finally {
      await ill.close();
    }
  });
});

describe("bigquery credentials", () => {
  it("may be in the Secret of spec.secretRef", async () => {
    const { sink, secrets } = as(accounts.all, {
      sharedSecret: { "credentials.json": server.keyFile(accounts.all) },
    });
    const { secretRef: _own, ...bigquery } = (sink.spec as { bigquery: { secretRef?: unknown } }).bigquery;
    const shared = { ...sink, spec: { ...sink.spec, bigquery } } as ProbeCase["sink"];
    await expectPassed(run({ sink: shared, secrets }));
  });

  it("are those of spec.bigquery.secretRef when both are named", async () => {
    const sharedSecret = { "credentials.json": server.keyFile(stranger) };
    await expectPassed(run(as(accounts.all, { sharedSecret })));
  });

  it("are the pod's own when the administrator allows it, for Google alone", async () => {
    const token = server.issueToken(accounts.all);
    const metadata = await googleMetadata(() => ({
      status: 200,
      body: JSON.stringify({ access_token: token }),
    }));
    const sink = bigqueryCase({
      endpoint: `https://bigquery.googleapis.com:${server.port}`,
      tls: trusting(authority.cert),
    });
    await expectPassed(run(sink, metadata.options));
    expect(metadata.requests).toHaveLength(1);
  });
});

describe("bigquery's emulator", () => {
  it("is asked in plain text and without credentials, and says so", async () => {
    const emulator = await startBigqueryEmulator({ project: PROJECT, datasets: DATASETS });
    try {
      const cloud = { bigqueryEmulatorHost: `${emulator.host}:${emulator.port}` };
      const report = await expectPassed(
        run(bigqueryCase({}), { plan: { ambientCredentials: false, cloud } }),
      );
      expect(report.endpoint).toBe(`${emulator.host}:${emulator.port}`);
      expect(report.insecure).toBe("PlainText");
      expect(results(report)).toMatchObject({
        Authenticate: "Skipped: the emulator asks for no credentials",
        Verify: "Passed",
        Authorize: "Skipped: the emulator has no permissions to ask for",
      });
      expect(emulator.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    } finally {
      await emulator.close();
    }
  });

  it("is dialled under the address policy like everything else", async () => {
    const cloud = { bigqueryEmulatorHost: "169.254.169.254:80" };
    await expectFailure(
      run(bigqueryCase({}), { plan: { ambientCredentials: false, cloud } }),
      "AddressDenied",
    );
  });
});
