import { describe, expect, it } from "vitest";
import type { Sink } from "../../../../capabilities/api/types";
import { FailureError } from "../../../../capabilities/domain/failure";
import type { BigqueryPlan } from "../../../../capabilities/probes/bigquery/plan";
import { bigqueryProbe } from "../../../../capabilities/probes/bigquery/probe";
import type { PlanOptions } from "../../../../capabilities/probes/probe";
import { bigqueryCase, type BigqueryCaseOptions } from "../../../../lab/backends/bigquery";
import { planOf } from "../../../../lab/backends/run-case";
import { createAccount } from "../../../../lab/servers/google/stand-in";

const SECRET = { "credentials.json": JSON.stringify(createAccount("kollect").file) };
const AMBIENT: PlanOptions = { ambientCredentials: true, cloud: {} };

function plan(options: BigqueryCaseOptions = { secret: SECRET }, planOptions?: PlanOptions): BigqueryPlan {
  return planOf(bigqueryProbe, bigqueryCase(options), planOptions);
}

function failureOf(make: () => unknown): { cause?: string | undefined; message: string } {
  try {
    make();
  } catch (error) {
    if (error instanceof FailureError) return { cause: error.failure.cause, message: error.message };
    throw error;
  }
  throw new Error("nothing failed");
}

describe("the plan of a bigquery sink", () => {
  it("asks Google's own address, with the key of the sink's Secret", () => {
    expect(plan()).toMatchObject({
      endpoint: "bigquery.googleapis.com",
      origin: { secure: true, host: "bigquery.googleapis.com", port: 443 },
      identity: { kind: "account", account: { email: "kollect@tests.iam.gserviceaccount.com" } },
      target: { project: "example-project", dataset: "inventory", table: "items", provisioning: "ensure" },
      source: "the key credentials.json of Secret bq-key",
    });
  });

  it("asks a private address of the API when spec.endpoint names one", () => {
    const { endpoint, origin } = plan({ secret: SECRET, endpoint: "https://bigquery-psc.p.googleapis.com" });
    expect(endpoint).toBe("bigquery-psc.p.googleapis.com");
    expect(origin).toMatchObject({ secure: true, host: "bigquery-psc.p.googleapis.com", port: 443 });
  });

  it.each<[what: string, options: BigqueryCaseOptions, says: RegExp]>([
    ["a project that climbs", { project: "../../x" }, /spec\.bigquery\.project is "\.\.\/\.\.\/x"/],
    ["a dataset with a dot", { dataset: "shop.inventory" }, /spec\.bigquery\.dataset/],
    ["a table with a slash", { table: "a/b" }, /spec\.bigquery\.table/],
    ["an empty table", { table: "" }, /spec\.bigquery\.table/],
    ["a location with a query", { location: "EU?x=y" }, /spec\.bigquery\.location/],
    ["a plain endpoint", { endpoint: "http://bigquery.example" }, /not of the form https:\/\/host/],
    ["an endpoint with a path", { endpoint: "https://bigquery.example/bigquery" }, /not of the form/],
    ["an endpoint with a password", { endpoint: "https://u:hunter22@bigquery.example" }, /not of the form/],
    ["an endpoint that is no URL", { endpoint: "hunter22" }, /not of the form/],
  ])("refuses %s", (_what, options, says) => {
    const failure = failureOf(() => plan({ secret: SECRET, ...options }));
    expect(failure).toMatchObject({ cause: "InvalidConfiguration", message: expect.stringMatching(says) });
    expect(failure.message).not.toContain("hunter22");
  });

  it.each<[what: string, options: BigqueryCaseOptions, says: string]>([
    [
      "a dataset with its project",
      { dataset: "example-project.inventory" },
      'spec.bigquery.dataset is "example-project.inventory", which BigQuery does not accept. It names more than the ' +
        "dataset. Write them separately: project: example-project, dataset: inventory.",
    ],
    [
      "a dataset with its project and a colon",
      { dataset: "example-project:inventory" },
      'spec.bigquery.dataset is "example-project:inventory", which BigQuery does not accept. It names more than the ' +
        "dataset. Write them separately: project: example-project, dataset: inventory.",
    ],
    [
      "a dataset with a project of a domain",
      { dataset: "example.com:old.inventory" },
      'spec.bigquery.dataset is "example.com:old.inventory", which BigQuery does not accept. It names more than the ' +
        "dataset. Write them separately: project: example.com:old, dataset: inventory.",
    ],
    [
      "a table with all above it, in backticks",
      { table: "`example-project.inventory.items`" },
      'spec.bigquery.table is "`example-project.inventory.items`", which BigQuery does not accept. It names more than ' +
        "the table. Write them separately: project: example-project, dataset: inventory, table: items.",
    ],
    [
      "a dataset with a hyphen",
      { dataset: "inven-tory" },
      'spec.bigquery.dataset is "inven-tory", which BigQuery does not accept. Use letters, digits and underscores.',
    ],
    [
      "a project by its title",
      { project: "Example Project" },
      'spec.bigquery.project is "Example Project", which BigQuery does not accept. ' +
        "Use the project's ID: lower-case letters, digits and hyphens.",
    ],
    [
      "an empty dataset",
      { dataset: "" },
      'spec.bigquery.dataset is "", which BigQuery does not accept. Write letters, digits and underscores.',
    ],
  ])("says what to write instead of %s", (_what, options, says) => {
    expect(failureOf(() => plan({ secret: SECRET, ...options })).message).toBe(says);
  });

  it.each(["example-project", "example.com:legacy-project", "123456"])("takes the project %s", (project) => {
    expect(plan({ secret: SECRET, project }).target.project).toBe(project);
  });

  it.each(["items", "items_2026", "Bestände – neu", "表"])("takes the table %s", (table) => {
    expect(plan({ secret: SECRET, table }).target.table).toBe(table);
  });

  it("refuses a sink without its block", () => {
    const { sink } = bigqueryCase({});
    const bare = { ...sink, spec: { type: "bigquery" } } as Sink;
    expect(failureOf(() => bigqueryProbe.references(bare))).toMatchObject({
      cause: "InvalidConfiguration",
      message: expect.stringMatching(/spec\.bigquery is missing/),
    });
  });

  it("uses the Secret of its own block and never that of spec.secretRef", () => {
    const { sink } = bigqueryCase({ secret: SECRET, sharedSecret: SECRET });
    expect(bigqueryProbe.references(sink)).toEqual([{ field: "spec.bigquery.secretRef", name: "bq-key" }]);
    const { sink: shared } = bigqueryCase({ sharedSecret: SECRET });
    expect(bigqueryProbe.references(shared)).toEqual([]);
  });
});

describe("a bigquery sink without a Secret", () => {
  it.each<[when: string, options: BigqueryCaseOptions, planOptions: PlanOptions | undefined, says: RegExp]>([
    ["ambient credentials are not allowed", {}, undefined, /KOLLECT_ALLOW_AMBIENT_CREDENTIALS/],
    [
      "only spec.secretRef names one",
      { sharedSecret: SECRET },
      undefined,
      /^spec\.bigquery\.secretRef names no Secret\. Name one with credentials\.json; the Secret of spec\.secretRef is not/,
    ],
    [
      "its endpoint is not Google's",
      { endpoint: "https://evil.example" },
      AMBIENT,
      /only to googleapis\.com/,
    ],
    [
      "its endpoint is a bucket's",
      { endpoint: "https://evil.storage.googleapis.com" },
      AMBIENT,
      /only to googleapis\.com/,
    ],
    [
      "its endpoint only looks like it",
      { endpoint: "https://xgoogleapis.com" },
      AMBIENT,
      /only to googleapis\.com/,
    ],
  ])("has no credentials when %s", (_when, options, planOptions, says) => {
    const failure = failureOf(() => plan(options, planOptions));
    expect(failure).toMatchObject({ cause: "NoCredentials", message: expect.stringMatching(says) });
  });

  it("uses the pod's own identity when that is allowed", () => {
    expect(plan({}, AMBIENT).identity).toEqual({ kind: "ambient" });
    const cloud = { googleMetadataHost: "10.0.0.9:8080" };
    expect(plan({}, { ambientCredentials: true, cloud }).identity).toEqual({
      kind: "ambient",
      metadataHost: "10.0.0.9:8080",
    });
  });

  it.each([
    "bigquery.googleapis.com",
    "bigquery.europe-west3.rep.googleapis.com",
    "bigquery-shop.p.googleapis.com",
  ])("shows it to %s, with the system's authorities whatever spec.tls says", (host) => {
    const made = plan({ endpoint: `https://${host}`, tls: { insecureSkipVerify: true } }, AMBIENT);
    expect(made.identity).toEqual({ kind: "ambient" });
    expect(made.origin).toEqual({ secure: true, host, port: 443, trust: { insecureSkipVerify: false } });
  });

  it("needs none at the emulator", () => {
    const made = plan({}, { ambientCredentials: false, cloud: { bigqueryEmulatorHost: "[::1]:9050" } });
    expect(made.identity).toBeUndefined();
    expect(made.endpoint).toBe("[::1]:9050");
  });

  it("says so when the emulator's address is none", () => {
    const cloud = { bigqueryEmulatorHost: "not a host" };
    expect(failureOf(() => plan({}, { ambientCredentials: false, cloud })).cause).toBe(
      "InvalidConfiguration",
    );
  });
});
