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
}

const NOT_YET = "the table does not exist yet, and only creating it would tell";
const HIDDEN = "not permitted to ask";
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

export function permissions(stage: Stage): void {
  describe("bigquery verdicts", () => {
    it.each(ROWS)("with $grants and $sink: $cause $authorize", async (row) => {
      const report = await run(stage.as(accounts[row.grants], row.sink));
      expect(report.failure?.cause).toBe(row.cause);
      if (row.says) expect(report.failure?.message).toMatch(row.says);
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
