import { describe, expect, it } from "vitest";
import type { KollectDatabaseSink, SinkTls } from "../../../capabilities/api/types";
import { failed, FailureError } from "../../../capabilities/domain/failure";
import type { Secret } from "../../../capabilities/domain/ports";
import {
  blamingSent,
  MAX_VALUE_BYTES,
  optionalText,
  optionalTrimmed,
  optionalVerbatim,
  requiredText,
  requiredTrimmed,
  requiredVerbatim,
} from "../../../capabilities/probes/secrets/secret-values";
import { tlsReferences } from "../../../capabilities/probes/sink-spec";
import { clientCertificate, tlsTrust } from "../../../capabilities/probes/secrets/tls-trust";
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
  const READINGS = [
    { reading: "trimmed", read: requiredTrimmed, optional: optionalTrimmed, of: " a b \r\n\n", is: "a b" },
    { reading: "verbatim", read: requiredVerbatim, optional: optionalVerbatim, of: " pw \n", is: " pw \n" },
    { reading: "text", read: requiredText, optional: optionalText, of: " k\n\n", is: " k\n" },
  ] as const;

  describe.each(READINGS)("read $reading", ({ read, optional, of, is }) => {
    it("come from the first key with a value", () => {
      const found = read(secret({ url: "second", dsn: "first", other: "x" }), ["dsn", "url"]);
      expect(found).toEqual({ secret: "db-secret", key: "dsn", text: "first" });
      expect(read(secret({ dsn: "", url: "second" }), ["dsn", "url"])).toMatchObject({ key: "url" });
      expect(optional(secret({ dsn: "" }), ["dsn"])).toBeUndefined();
      expect(optional(secret({}), ["dsn"])).toBeUndefined();
    });
    it("are what the exporter reads", () => {
      expect(read(secret({ p: of }), ["p"]).text).toBe(is);
    });
    it("are SecretKeyMissing when none of the keys exists, with the keys named", () => {
      const one = failureOf(() => read(secret({ other: "x" }), ["credentials.json"]));
      expect(one).toMatchObject({ reason: "SecretResolveFailed", cause: "SecretKeyMissing" });
      expect(one.message).toBe("Secret db-secret does not have the key credentials.json. Add it.");
      expect(failureOf(() => read(secret({}), ["dsn", "url"])).message).toContain("dsn, url");
    });
    it.each([
      ["empty", ""],
      ["not UTF-8", Buffer.from([0xff, 0xfe, 0x41])],
      ["too large", Buffer.alloc(MAX_VALUE_BYTES + 1, 97)],
    ])("are SecretValueInvalid when %s", (_what, value) => {
      const failure = failureOf(() => read(secret({ dsn: value }), ["dsn"]));
      expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause: "SecretValueInvalid" });
      expect(failure.message).toMatch(/^The key dsn of Secret db-secret is .*\.$/);
    });
  });

  it.each([
    ["trimmed", optionalTrimmed, undefined],
    ["verbatim", optionalVerbatim, " \n\t "],
    ["text", optionalText, undefined],
  ])("that are blank count as absent, unless they are sent as they are: %s", (_reading, read, text) => {
    expect(read(secret({ dsn: " \n\t " }), ["dsn"])?.text).toBe(text);
  });

  it.each([
    ["pw\n", "ends in a line end"],
    [" pw", "begins or ends with white space"],
  ])("take the blame for a refused login when they begin or end with white space: %j", (text, what) => {
    const refused = failed("AuthenticationFailed", "refused");
    const good = { secret: "s", key: "username", text: "kollect" };
    const blamed = blamingSent(refused, [good, { secret: "s", key: "password", text }]);
    expect(blamed).toMatchObject({ failure: { cause: "SecretValueInvalid" } });
    expect((blamed as FailureError).message).toContain(`The key password of Secret s ${what}`);
    expect(blamingSent(refused, [good])).toBe(refused);
  });
  it("take no blame for another fault", () => {
    const other = failed("TargetNotFound", "none");
    expect(blamingSent(other, [{ secret: "s", key: "k", text: "x\n" }])).toBe(other);
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
  it("takes the bundle rather than the Secret, and of the Secret's keys the first with a value", () => {
    const tls = { caBundle: bundle(authority.cert), caSecretRef: { name: "ca" } };
    const both = tlsTrust(sink(tls), new Map([[FIELD, secret({ "ca.crt": other.cert })]]));
    expect(both.ca).toBe(authority.cert.trimEnd());
    expect(from({ "tls.crt": "", "ca.crt": other.cert, "ca.pem": authority.cert }).ca).toBe(
      other.cert.trimEnd(),
    );
  });
  it("means the system's authorities when the Secret has none of the keys", () => {
    expect(from({ "other.crt": authority.cert })).toEqual({ insecureSkipVerify: false });
  });
  it.each([
    ["is no PEM", "bm90IGEgY2VydGlmaWNhdGU="],
    ["is no base64", "%%%"],
    ["has a broken certificate", bundle("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")],
    ["has a certificate without an end", bundle("-----BEGIN CERTIFICATE-----\nAAAA\n")],
    ["has blanks in front of its first line", bundle(`  ${authority.cert}`)],
    ["has a byte order mark in front of its first line", bundle(`\uFEFF${authority.cert}`)],
    ["has a private key alone", bundle(authority.issue({ names: ["x"] }).key)],
  ])("is InvalidConfiguration when caBundle %s", (_what, caBundle) => {
    expect(failureOf(() => tlsTrust(sink({ caBundle }), new Map()))).toMatchObject({
      cause: "InvalidConfiguration",
    });
  });
  it.each([
    [
      "a broken certificate",
      `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${authority.cert}`,
    ],
    ["one that is cut off", `${authority.cert.slice(0, 200)}\n${authority.cert}`],
    [
      "a comment that is no UTF-8",
      Buffer.concat([Buffer.from("# Jos\u00e9\n", "latin1"), Buffer.from(authority.cert)]),
    ],
    ["a byte order mark and a comment", `\uFEFF# ours\n${authority.cert}`],
  ])("reads the good certificate beside %s, as the exporter does", (_what, value) => {
    expect(from({ "ca.crt": value as string }).ca?.trim()).toBe(authority.cert.trim());
  });
  it("reads the first key that is not empty, also when it is blank", () => {
    const fault = failureOf(() => from({ "tls.crt": "\n", "ca.crt": authority.cert }));
    expect(fault).toMatchObject({ cause: "SecretValueInvalid" });
    expect(fault.message).toContain("holds only white space");
  });
  it("is SecretValueInvalid when the Secret's value is no certificate", () => {
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
