import { describe, expect, it } from "vitest";
import type { KollectDatabaseSink } from "../../../../capabilities/api/types";
import { FailureError } from "../../../../capabilities/domain/failure";
import { SSL_MODES, type SslMode } from "../../../../capabilities/probes/postgres/dsn/dsn";
import { effectiveSslMode } from "../../../../capabilities/probes/postgres/plan";
import { postgresProbe } from "../../../../capabilities/probes/postgres/probe";
import { PASSWORD, postgresCase, type CaseOverrides } from "../../../../lab/backends/postgres";
import { planOf, type ProbeCase } from "../../../../lab/backends/run-case";
import { createAuthority } from "../../../../lab/pki";

const DSN = "postgresql://kollect:pw@db.shop/app";

function failureOf(probeCase: ProbeCase): FailureError["failure"] {
  try {
    planOf(postgresProbe, probeCase);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("did not fail");
}

function withSecret(values: Record<string, string>, overrides: CaseOverrides = {}): ProbeCase {
  return { ...postgresCase("", overrides), secrets: { "spec.postgres.databaseRef": values } };
}

describe("plan", () => {
  it("takes discrete values from the first key that exists", () => {
    const values = { DATABASE_URL: "postgresql://u@last", connectionString: "postgresql://u@third" };
    expect(
      planOf(postgresProbe, withSecret({ ...values, url: "postgresql://u@second", dsn: DSN })),
    ).toMatchObject({
      endpoint: "db.shop:5432",
      source: { secret: "pg-dsn", key: "dsn" },
    });
    expect(planOf(postgresProbe, withSecret({ ...values, url: "postgresql://u@second" })).endpoint).toBe(
      "second:5432",
    );
    expect(planOf(postgresProbe, withSecret(values)).endpoint).toBe("third:5432");
    expect(planOf(postgresProbe, withSecret({ DATABASE_URL: "postgresql://u@last" })).source.key).toBe(
      "DATABASE_URL",
    );
  });
  it("names every host in the endpoint, and never user, password or parameters", () => {
    const { endpoint } = planOf(
      postgresProbe,
      postgresCase(
        `postgresql://kollect:${encodeURIComponent(PASSWORD)}@a:1,[fd00::5]:2/app?sslmode=require`,
      ),
    );
    expect(endpoint).toBe("a:1,[fd00::5]:2");
  });
  it("reads an absent provisioning mode as ensure, and an absent schema as public", () => {
    expect(planOf(postgresProbe, postgresCase(DSN)).target).toEqual({
      schema: "public",
      table: "inventory",
      provisioning: "ensure",
    });
    expect(
      planOf(postgresProbe, postgresCase(DSN, { schema: "sales", table: "t", provisioning: "existing" }))
        .target,
    ).toEqual({ schema: "sales", table: "t", provisioning: "existing" });
  });
  it("skips a key that is blank, and takes white space off a value and a table's name", () => {
    const plan = planOf(postgresProbe, withSecret({ dsn: " \n", url: ` ${DSN}\n\n` }, { table: " t " }));
    expect(plan).toMatchObject({ endpoint: "db.shop:5432", source: { key: "url" }, target: { table: "t" } });
  });
  it.each([
    ["t".repeat(70), "t".repeat(63)],
    ["ü".repeat(32), "ü".repeat(31)],
    ["ab€".repeat(14), "ab€".repeat(12) + "ab"],
  ])("cuts the long name %j as the server does", (table, cut) => {
    expect(planOf(postgresProbe, postgresCase(DSN, { table })).target.table).toBe(cut);
  });
  it("takes a client certificate from the same Secret", () => {
    const issued = createAuthority().issue({ names: ["kollect"], client: true });
    const plan = planOf(
      postgresProbe,
      withSecret({ dsn: DSN, "tls.crt": issued.cert, "tls.key": issued.key }),
    );
    expect(plan.tls.clientCertificate?.key).toBe(issued.key.trimEnd());
  });

  it("reports a missing block as InvalidConfiguration", () => {
    const probeCase = postgresCase(DSN);
    const { postgres: _, ...spec } = (probeCase.sink as KollectDatabaseSink).spec;
    const broken = { ...probeCase, sink: { ...probeCase.sink, spec } as KollectDatabaseSink };
    expect(failureOf(broken)).toMatchObject({
      reason: "ConnectionTestFailed",
      cause: "InvalidConfiguration",
    });
    expect(failureOf(broken).message).toContain("spec.postgres is missing");
  });
  it("reports a Secret without any of the keys as SecretKeyMissing", () => {
    const failure = failureOf(withSecret({ password: "x" }));
    expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause: "SecretKeyMissing" });
    expect(failure.message).toContain("dsn, url, connectionString, DATABASE_URL");
  });
  it.each(["", "\n", "not a dsn", "mysql://u:hunter22@db"])(
    "reports the value %j as SecretValueInvalid",
    (dsn) => {
      const failure = failureOf(withSecret({ dsn }));
      expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause: "SecretValueInvalid" });
      expect(failure.message).toMatch(/^The key dsn of Secret pg-dsn .*\.$/);
      expect(failure.message).not.toContain("hunter22");
    },
  );
  it.each([
    ["table", { table: "" }],
    ["table", { table: " \n" }],
    ["table", { table: "a\0b" }],
    ["schema", { schema: "a\0b" }],
  ])("reports a %s name that PostgreSQL cannot have as InvalidConfiguration", (field, overrides) => {
    const failure = failureOf(postgresCase(DSN, overrides));
    expect(failure.cause).toBe("InvalidConfiguration");
    expect(failure.message).toContain(`spec.postgres.${field}`);
  });
});

describe("sslmode together with spec.tls", () => {
  const WITH_AUTHORITIES: Readonly<Record<SslMode, SslMode>> = {
    disable: "disable",
    allow: "verify-full",
    prefer: "verify-full",
    require: "verify-ca",
    "verify-ca": "verify-ca",
    "verify-full": "verify-full",
  };
  it.each(SSL_MODES)("%s stays as it is without authorities", (sslMode) => {
    expect(effectiveSslMode({ sslMode, files: [] }, { insecureSkipVerify: false })).toBe(sslMode);
  });
  it.each(SSL_MODES)("%s is raised with authorities where it would not verify", (sslMode) => {
    expect(effectiveSslMode({ sslMode, files: [] }, { ca: "pem", insecureSkipVerify: false })).toBe(
      WITH_AUTHORITIES[sslMode],
    );
  });
  it("is verify-ca for require with an authority's file", () => {
    const dsn = { sslMode: "require", files: ["sslrootcert"] } as const;
    expect(effectiveSslMode(dsn, { insecureSkipVerify: false })).toBe("verify-ca");
  });
  it("is prefer when it is not set, and verify-full with authorities", () => {
    expect(effectiveSslMode({ files: [] }, { insecureSkipVerify: false })).toBe("prefer");
    expect(effectiveSslMode({ files: [] }, { ca: "pem", insecureSkipVerify: false })).toBe("verify-full");
  });
});
