import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { createBigqueryProbe } from "../../../capabilities/probes/bigquery/probe";
import { PROJECT, type BigqueryCaseOptions } from "../../../lab/backends/bigquery";
import { apiError, startGoogle } from "../../../lab/servers/google/stand-in";
import type { WebAnswer } from "../../../lab/servers/web";
import { expectFailure, results, runsOf } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { accounts, run, SECRETS, stranger, type Stage } from "./stage";

interface Row {
  readonly grants: keyof typeof accounts;
  readonly sink?: BigqueryCaseOptions;
  readonly cause?: string;
  readonly says?: RegExp;
  readonly verify?: string;
  readonly authorize?: string;
  /** The needs that stay unproven. */
  readonly unproven?: readonly string[];
}

const HIDDEN = "not permitted to ask";
const JOBS =
  /^The service account lacks bigquery\.jobs\.create on project example-project\. Run: gcloud projects add-iam-policy-binding example-project --member=serviceAccount:[a-z-]+@tests\.iam\.gserviceaccount\.com --role=roles\/bigquery\.jobUser$/;
const onTable = (rights: string, role: string, table = "inventory.items"): RegExp =>
  new RegExp(
    `^The service account lacks ${rights} on table ${table}\\. Run: bq add-iam-policy-binding --table=true ` +
      `--member=serviceAccount:[a-z-]+@tests\\.iam\\.gserviceaccount\\.com --role=roles/bigquery\\.${role} ` +
      "example-project:inventory\\.\\w+$",
  );
const CREATE = "bigquery.tables.create";
const DATA = ["bigquery.tables.getData", "bigquery.tables.updateData"];
const ROWS: readonly Row[] = [
  { grants: "all", verify: "Passed", authorize: "Passed", unproven: [CREATE] },
  {
    grants: "all",
    sink: { location: "EU", mode: "existing" },
    verify: "Passed",
    authorize: "Passed",
    unproven: [],
  },
  { grants: "all", sink: { location: "eu" }, verify: "Passed" },
  {
    grants: "all",
    sink: { table: "new", mode: "ensure" },
    verify: "Passed",
    authorize: "Passed",
    unproven: [CREATE, ...DATA],
  },
  {
    grants: "all",
    sink: { table: "new", mode: "existing" },
    cause: "TargetNotFound",
    says: /has no table new in dataset example-project\.inventory\. Create it, or let the exporter create it/,
  },
  { grants: "only data", cause: "PermissionDenied", says: JOBS, verify: HIDDEN, authorize: "Failed" },
  { grants: "datasets.get and data", cause: "PermissionDenied", says: JOBS, verify: "Passed" },
  { grants: "jobs.create and data", verify: HIDDEN, authorize: "Passed", unproven: [CREATE] },
  {
    grants: "jobs.create and data",
    sink: { location: "EU" },
    verify: HIDDEN,
    unproven: [CREATE, "bigquery:Dataset"],
  },
  {
    grants: "jobs.create",
    verify: HIDDEN,
    authorize: "Passed",
    unproven: [CREATE, "bigquery:Dataset", ...DATA],
  },
  {
    grants: "jobs.create",
    sink: { mode: "existing" },
    cause: "PermissionDenied",
    says: onTable(
      "bigquery\\.tables\\.updateData, getData, get",
      "dataEditor",
      "inventory.items, if it exists",
    ),
  },
  {
    grants: "all but tables.get",
    sink: { mode: "existing" },
    cause: "PermissionDenied",
    says: onTable("bigquery\\.tables\\.get", "metadataViewer"),
  },
  { grants: "all but tables.get", verify: "Passed", authorize: "Passed", unproven: [CREATE] },
  {
    grants: "all but getData",
    cause: "PermissionDenied",
    says: onTable("bigquery\\.tables\\.getData", "dataViewer"),
    verify: "Passed",
    authorize: "Failed",
  },
  {
    grants: "all but updateData",
    cause: "PermissionDenied",
    says: onTable("bigquery\\.tables\\.updateData", "dataEditor"),
    verify: "Passed",
    authorize: "Failed",
  },
  { grants: "nothing", sink: { mode: "existing" }, cause: "PermissionDenied", says: JOBS, verify: HIDDEN },
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
    grants: "all",
    sink: { table: "a_view" },
    cause: "InvalidConfiguration",
    says: /has a_view in dataset example-project\.inventory as a view, which MERGE and DELETE cannot change\./,
  },
  {
    grants: "all",
    sink: { table: "orders" },
    cause: "InvalidConfiguration",
    says: /has orders in .* without the columns exported_at, cluster, .*, so it is not the exporter's table\./,
  },
  {
    grants: "jobs.create and data",
    sink: { location: "atlantis-east1" },
    cause: "InvalidConfiguration",
    authorize: "Failed",
  },
];

export function permissions(stage: Stage): void {
  describe("bigquery verdicts", () => {
    it.each(ROWS)("with $grants and $sink: $cause $authorize", async (row) => {
      const report = await run(stage.as(accounts[row.grants], row.sink));
      expect(report.failure?.cause).toBe(row.cause);
      if (row.says) expect(report.failure?.message).toMatch(row.says);
      expect(report.failure?.message.length ?? 0).toBeLessThan(300);
      if (row.unproven) expect((report.unproven ?? []).map(({ need }) => need)).toEqual(row.unproven);
      const { Verify, Authorize } = results(report);
      if (row.verify) expect(Verify).toContain(row.verify);
      if (row.authorize) expect(Authorize).toContain(row.authorize);
    });

    it("runs no query and changes nothing", async () => {
      const before = stage.server.requests.length;
      await run(stage.as(accounts.all));
      await run(stage.as(accounts.nothing));
      const asked = stage.server.requests.slice(before);
      const api = `/bigquery/v2/projects/${PROJECT}`;
      expect([...new Set(asked.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual(
        [
          "POST /token",
          `GET ${api}/datasets/inventory?fields=location`,
          `POST ${api}/queries`,
          `POST ${api}/datasets/inventory/tables/items:testIamPermissions`,
          `GET ${api}/datasets/inventory/tables/items?fields=type%2Clocation%2Cschema%2Ffields%2Fname`,
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
        run(stage.as(stranger)),
        "AuthenticationFailed",
        /Check the key credentials\.json of Secret bq-key/,
      );
    });

    it("names the clock skew", async () => {
      await expectFailure(
        runsOf(
          createBigqueryProbe(() => Date.now() + 2 * 3600_000),
          SECRETS,
        )(stage.as(accounts.all)),
        "AuthenticationFailed",
        /clock is 120 min ahead of/,
      );
    });

    it.each<[what: string, answer: WebAnswer, cause: Cause]>([
      [
        "the API is turned off",
        apiError(403, "accessNotConfigured", "PERMISSION_DENIED"),
        "PermissionDenied",
      ],
      [
        "the quota is used up",
        apiError(403, "rateLimitExceeded", "RESOURCE_EXHAUSTED"),
        "TooManyConnections",
      ],
      ["the service is ill", apiError(503, "backendError", "UNAVAILABLE"), "Unreachable"],
      ["a proxy answers", { status: 403, body: "<html>canary-server-message</html>" }, "ProtocolError"],
      [
        "it is sent elsewhere",
        { status: 302, headers: { location: "http://169.254.169.254/" } },
        "ProtocolError",
      ],
    ])("reports it when %s", async (_what, answer, cause) => {
      const tls = stage.authority.issue({ names: ["localhost"] });
      const scope = "https://www.googleapis.com/auth/bigquery";
      const ill = await duringTest(startGoogle({ tls, accounts: [accounts.all], scope, api: () => answer }));
      const secret = { "credentials.json": ill.keyFile(accounts.all) };
      const report = await expectFailure(
        run(stage.as(accounts.all, { endpoint: `https://localhost:${ill.port}`, secret })),
        cause,
      );
      expect(results(report).Verify).toBe("Failed");
    });
  });
}
