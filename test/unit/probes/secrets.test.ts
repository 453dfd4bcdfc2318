import { describe, expect, it } from "vitest";
import type { KollectDatabaseSink, SinkTls } from "../../../capabilities/api/types";
import { FailureError } from "../../../capabilities/domain/failure";
import type { Secret } from "../../../capabilities/domain/ports";
import { MAX_VALUE_BYTES, optionalValue, requiredValue } from "../../../capabilities/probes/secret-values";
import { tlsReferences } from "../../../capabilities/probes/sink-spec";
import { clientCertificate, tlsTrust } from "../../../capabilities/probes/tls-trust";
import { createAuthority, type Authority } from "../../../lab/pki";

function secret(values: Record<string, string | Buffer>): Secret {
  const data = new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value as string)]));
  return { namespace: "shop", name: "db-secret", resourceVersion: "1", data };
}

function failureOf(act: () => unknown): FailureError["failure"] {
  try {
    act();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("did not fail");
}

describe("values of a Secret", () => {
  it("come from the first key that exists", () => {
    const found = requiredValue(secret({ url: "second", dsn: "first", other: "x" }), ["dsn", "url"]);
    expect(found).toEqual({ key: "dsn", text: "first" });
    expect(requiredValue(secret({ url: "second" }), ["dsn", "url"])).toEqual({ key: "url", text: "second" });
    expect(optionalValue(secret({}), ["dsn"])).toBeUndefined();
  });
  it("lose the line end of the file that they came from, and nothing else", () => {
    expect(requiredValue(secret({ p: "pw\n" }), ["p"]).text).toBe("pw");
    expect(requiredValue(secret({ p: "pw\r\n" }), ["p"]).text).toBe("pw");
    expect(requiredValue(secret({ p: " pw\n\n" }), ["p"]).text).toBe(" pw\n");
  });
  it("are SecretKeyMissing when none of the keys exists, with the keys named", () => {
    const one = failureOf(() => requiredValue(secret({ other: "x" }), ["credentials.json"]));
    expect(one).toMatchObject({ reason: "SecretResolveFailed", cause: "SecretKeyMissing" });
    expect(one.message).toBe("Secret db-secret does not have the key credentials.json. Add it.");
    expect(failureOf(() => requiredValue(secret({}), ["dsn", "url"])).message).toContain("dsn, url");
  });
  it.each([
    ["empty", ""],
    ["blank", " \n\t "],
    ["not UTF-8", Buffer.from([0xff, 0xfe, 0x41])],
    ["too large", Buffer.alloc(MAX_VALUE_BYTES + 1, 97)],
  ])("are SecretValueInvalid when %s", (_what, value) => {
    const failure = failureOf(() => requiredValue(secret({ dsn: value }), ["dsn"]));
    expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause: "SecretValueInvalid" });
    expect(failure.message).toMatch(/^The key dsn of Secret db-secret is .*\.$/);
  });
  it("are not looked for in a later key when an earlier one is empty", () => {
    expect(failureOf(() => requiredValue(secret({ dsn: "", url: "x" }), ["dsn", "url"])).message).toContain(
      "key dsn",
    );
  });
});

const FIELD = "spec.tls.caSecretRef";

function sink(tls?: SinkTls): KollectDatabaseSink {
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectDatabaseSink",
    metadata: { name: "orders", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
    spec: { type: "postgres", ...(tls ? { tls } : {}) },
  };
}

describe("spec.tls", () => {
  const authority: Authority = createAuthority("One");
  const other: Authority = createAuthority("Two");
  const bundle = (...pems: string[]): string => Buffer.from(pems.join("")).toString("base64");
  const from = (values: Record<string, string>): ReturnType<typeof tlsTrust> =>
    tlsTrust(sink({ caSecretRef: { name: "ca" } }), new Map([[FIELD, secret(values)]]));

  it("means the system's authorities when it is absent or empty", () => {
    expect(tlsTrust(sink(), new Map())).toEqual({ insecureSkipVerify: false });
    expect(tlsTrust(sink({}), new Map())).toEqual({ insecureSkipVerify: false });
    expect(tlsTrust(sink({ insecureSkipVerify: true }), new Map())).toEqual({ insecureSkipVerify: true });
  });
  it("names the Secret of caSecretRef as a reference", () => {
    expect(tlsReferences(sink())).toEqual([]);
    expect(tlsReferences(sink({ caSecretRef: { name: "ca" } }))).toEqual([{ field: FIELD, name: "ca" }]);
    expect(tlsReferences(sink({ caSecretRef: { name: "ca", namespace: "pki" } }))).toEqual([
      { field: FIELD, name: "ca", namespace: "pki" },
    ]);
  });
  it("takes all certificates of a bundle, and text between them does no harm", () => {
    const { ca = "" } = tlsTrust(
      sink({ caBundle: bundle("# One\n", authority.cert, "\nTwo:\r\n", other.cert) }),
      new Map(),
    );
    expect(ca.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(ca).not.toContain("Two:");
  });
  it.each(["tls.crt", "ca.crt", "ca.pem"])("takes the key %s of a Secret", (key) => {
    expect(from({ [key]: authority.cert }).ca).toContain("BEGIN CERTIFICATE");
  });
  it("adds up bundle and Secret, and the Secret's keys", () => {
    const both = tlsTrust(
      sink({ caBundle: bundle(authority.cert), caSecretRef: { name: "ca" } }),
      new Map([[FIELD, secret({ "ca.crt": other.cert, "tls.crt": authority.cert })]]),
    );
    expect(both.ca?.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
  });
  it.each([
    ["is no PEM", "bm90IGEgY2VydGlmaWNhdGU="],
    ["is no base64", "%%%"],
    ["has a broken certificate", bundle("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")],
    ["has a certificate without an end", bundle("-----BEGIN CERTIFICATE-----\nAAAA\n")],
    [
      "has one broken certificate among good ones",
      bundle(authority.cert, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"),
    ],
    ["has a private key alone", bundle(authority.issue({ names: ["x"] }).key)],
  ])("is InvalidConfiguration when caBundle %s", (_what, caBundle) => {
    expect(failureOf(() => tlsTrust(sink({ caBundle }), new Map()))).toMatchObject({
      cause: "InvalidConfiguration",
    });
  });
  it("is SecretKeyMissing or SecretValueInvalid when the Secret has no certificate", () => {
    expect(failureOf(() => from({ "other.crt": authority.cert })).cause).toBe("SecretKeyMissing");
    expect(failureOf(() => from({ "ca.crt": "nonsense" })).cause).toBe("SecretValueInvalid");
  });
});

describe("clientCertificate", () => {
  const issued = createAuthority().issue({ names: ["kollect"], client: true });
  it("takes tls.crt and tls.key, or neither", () => {
    expect(clientCertificate(secret({ "tls.crt": issued.cert, "tls.key": issued.key }))).toMatchObject({
      cert: issued.cert.trimEnd(),
    });
    expect(clientCertificate(secret({}))).toBeUndefined();
    expect(clientCertificate(secret({ "tls.crt": issued.cert }))).toBeUndefined();
  });
  it.each([
    ["the certificate is missing", { "tls.key": issued.key }, "SecretKeyMissing"],
    ["the certificate cannot be read", { "tls.key": issued.key, "tls.crt": "x" }, "SecretValueInvalid"],
    ["the key cannot be read", { "tls.key": "x", "tls.crt": issued.cert }, "SecretValueInvalid"],
  ])("is refused when %s", (_what, values, cause) => {
    expect(failureOf(() => clientCertificate(secret(values))).cause).toBe(cause);
  });
});
