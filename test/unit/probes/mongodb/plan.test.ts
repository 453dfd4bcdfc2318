import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import { mongodbProbe } from "../../../../capabilities/probes/mongodb/probe";
import type { MongodbPlan } from "../../../../capabilities/probes/mongodb/plan";
import { mongodbCase } from "../../../../lab/backends/mongodb";
import { planOf, type ProbeCase } from "../../../../lab/backends/run-case";
import { createAuthority } from "../../../../lab/pki";

function plan(probeCase: ProbeCase): MongodbPlan {
  return planOf(mongodbProbe, probeCase);
}

function failureOf(probeCase: ProbeCase): FailureError["failure"] {
  try {
    plan(probeCase);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("the plan was made");
}

const LOGIN = "mongodb://kollect:s3cr3t-p4ss@";
const identity = createAuthority().issue({ names: ["kollect"], client: true });
const CERTIFICATE = { "tls.crt": identity.cert, "tls.key": identity.key };

describe("the plan of a mongodb sink", () => {
  it.each([
    [`${LOGIN}db.shop`, "db.shop:27017"],
    [`${LOGIN}a,b:1,[fd00::5]/app?replicaSet=rs0`, "a:27017,b:1,[fd00::5]:27017"],
    ["mongodb+srv://u:p@cluster0.shop.test/", "cluster0.shop.test"],
  ])("of %s has endpoint %s", (uri, endpoint) => {
    expect(plan(mongodbCase(uri)).endpoint).toBe(endpoint);
  });

  it.each([
    ["mongodb://db", {}, false],
    ["mongodb://db/?tls=true", {}, true],
    ["mongodb+srv://a.b.c/", {}, true],
    ["mongodb+srv://a.b.c/?tls=false", {}, false],
    ["mongodb://db", { insecureSkipVerify: true }, true],
    ["mongodb://db/?tls=false", { insecureSkipVerify: true }, false],
  ])("of %s with spec.tls %o uses TLS: %s", (uri, tls, secured) => {
    expect(plan(mongodbCase(uri, { tls })).tls !== undefined).toBe(secured);
  });

  it("takes the client certificate from the URI's Secret", () => {
    const made = plan(
      mongodbCase("mongodb://db/?authMechanism=MONGODB-X509&tls=true", { keys: CERTIFICATE }),
    );
    expect(made.tls?.clientCertificate?.cert).toBe(identity.cert.trimEnd());
    expect(made.uri.login).toEqual({ mechanism: "MONGODB-X509", user: "" });
  });

  it.each([
    ["a key that is missing", mongodbCase(`${LOGIN}db`, { keys: {} }), "SecretKeyMissing"],
    ["a malformed string", mongodbCase("mongo://db"), "SecretValueInvalid"],
    ["an empty value", mongodbCase(" "), "SecretValueInvalid"],
    ["MONGODB-AWS", mongodbCase(`${LOGIN}db/?authMechanism=MONGODB-AWS`), "UnsupportedAuthMechanism"],
    ["MONGODB-OIDC", mongodbCase("mongodb://db/?authMechanism=MONGODB-OIDC"), "UnsupportedAuthMechanism"],
    ["GSSAPI", mongodbCase("mongodb://u%40REALM@db/?authMechanism=GSSAPI"), "UnsupportedAuthMechanism"],
    ["MONGODB-CR", mongodbCase(`${LOGIN}db/?authMechanism=MONGODB-CR`), "UnsupportedAuthMechanism"],
    [
      "MONGODB-X509 without TLS",
      mongodbCase("mongodb://db/?authMechanism=MONGODB-X509"),
      "SecretValueInvalid",
    ],
    [
      "MONGODB-X509 without a certificate",
      mongodbCase("mongodb://db/?authMechanism=MONGODB-X509&tls=true"),
      "SecretKeyMissing",
    ],
    ["a path that is no database", mongodbCase(`${LOGIN}db/etc/passwd`), "SecretValueInvalid"],
    ["an empty database", mongodbCase("mongodb://db", { database: "" }), "InvalidConfiguration"],
    ["a database with a dot", mongodbCase("mongodb://db", { database: "a.b" }), "InvalidConfiguration"],
    [
      "a database's name that is too long",
      mongodbCase("mongodb://db", { database: "x".repeat(64) }),
      "InvalidConfiguration",
    ],
    ["a blank database", mongodbCase("mongodb://db", { database: " " }), "InvalidConfiguration"],
    ["an empty collection", mongodbCase("mongodb://db", { collection: "" }), "InvalidConfiguration"],
    [
      "a collection with a dollar",
      mongodbCase("mongodb://db", { collection: "$cmd" }),
      "InvalidConfiguration",
    ],
    [
      "a system collection",
      mongodbCase("mongodb://db", { collection: "system.users" }),
      "InvalidConfiguration",
    ],
    [
      "a collection's name that is too long",
      mongodbCase("mongodb://db", { collection: "x".repeat(250) }),
      "InvalidConfiguration",
    ],
  ])("is refused for %s", (what, probeCase, cause) => {
    const withoutKey = { ...probeCase, secrets: { "spec.mongodb.databaseRef": { other: "x" } } };
    const failure = failureOf(what === "a key that is missing" ? withoutKey : probeCase);
    expect(failure.cause).toBe(cause);
    expect(failure.message).not.toMatch(/s3cr3t|passwd/);
  });

  it("trims database and collection, as the exporter does", () => {
    const { target } = plan(mongodbCase("mongodb://db", { database: " inventory", collection: "items\n" }));
    expect(target).toEqual({ database: "inventory", collection: "items", provisioning: "ensure" });
  });

  it.each([
    ["mongodb://db/?tls=true", {}, false, false],
    ["mongodb://db/?tlsInsecure=true&tls=true", {}, true, false],
    ["mongodb://db/?tls=true", { insecureSkipVerify: true }, true, true],
    ["mongodb://db/", { insecureSkipVerify: true }, true, true],
    ["mongodb://db/?tlsCAFile=/ca.pem", {}, true, false],
    [`${LOGIN}db/?tlsCAFile=/ca.pem&authMechanism=PLAIN`, {}, false, false],
  ])("of %s with spec.tls %o skips verification: %s, by the sink: %s", (uri, tls, skips, bySink) => {
    const made = plan(mongodbCase(uri, { tls }));
    expect(made.tls).toMatchObject({ insecureSkipVerify: skips, bySink });
  });

  it("says what is missing when the sink has no mongodb block or names no Secret that was read", () => {
    const { sink } = mongodbCase("mongodb://db");
    const bare = { ...sink, spec: { type: "mongodb" } } as ProbeCase["sink"];
    expect(failureOf({ sink: bare, secrets: {} }).message).toMatch(/^spec\.mongodb is missing/);
    expect(failureOf({ sink, secrets: {} }).cause).toBe("NoCredentials");
  });
});
