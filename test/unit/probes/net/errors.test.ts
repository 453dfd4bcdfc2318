import { describe, expect, it } from "vitest";
import { failed } from "../../../../capabilities/domain/failure";
import { causeChain, NET_ERRORS, netError, netFailure } from "../../../../capabilities/probes/net/errors";

const where = { endpoint: "db.shop:5432", host: "db.shop" };
const withCode = (code: string): Error => Object.assign(new Error("raw text of a driver"), { code });

/** Every code that the table knows, with its cause; a row that is lost or changed fails here. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  NameResolutionFailed: [
    "ENOTFOUND",
    "ENODATA",
    "EAI_NONAME",
    "EAI_NODATA",
    "EAI_AGAIN",
    "EAI_FAIL",
    "ESERVFAIL",
  ],
  ConnectionRefused: ["ECONNREFUSED"],
  Unreachable: [
    ...["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN", "EADDRNOTAVAIL", "EINVAL", "EACCES", "EPERM"],
    ...["ECONNRESET", "ECONNABORTED", "EPIPE", "ERR_SOCKET_CLOSED", "ERR_STREAM_PREMATURE_CLOSE"],
  ],
  TimedOut: ["ETIMEDOUT"],
  TLSUntrusted: [
    ...["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
    ...[
      "SELF_SIGNED_CERT_IN_CHAIN",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "CERT_SIGNATURE_FAILURE",
      "CERT_UNTRUSTED",
    ],
    ...[
      "CERT_REJECTED",
      "CERT_REVOKED",
      "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
      "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
    ],
  ],
  TLSExpired: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
  TLSNameMismatch: [
    ...[
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "HOSTNAME_MISMATCH",
      "IP_ADDRESS_MISMATCH",
      "ERR_SSL_TLSV1_UNRECOGNIZED_NAME",
    ],
  ],
  TLSFailed: [
    ...["INVALID_CA", "INVALID_PURPOSE", "PATH_LENGTH_EXCEEDED", "CERT_CHAIN_TOO_LONG", "EE_KEY_TOO_SMALL"],
    ...[
      "CA_KEY_TOO_SMALL",
      "CA_MD_TOO_WEAK",
      "ERR_TLS_CERT_ALTNAME_FORMAT",
      "ERROR_IN_CERT_NOT_BEFORE_FIELD",
    ],
    ...["ERROR_IN_CERT_NOT_AFTER_FIELD", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"],
    ...["ERR_SSL_HTTP_REQUEST", "ERR_SSL_UNEXPECTED_MESSAGE", "ERR_SSL_BAD_RECORD_TYPE", "EPROTO"],
    ...[
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      "ERR_SSL_NO_PROTOCOLS_AVAILABLE",
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    ],
    ...["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY"],
    ...["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ERR_SSL_DH_KEY_TOO_SMALL"],
  ],
  AuthenticationFailed: [
    ...["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE"],
    ...["ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED"],
    ...["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN"],
    ...[
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
      "ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR",
    ],
  ],
};
const rows = Object.entries(EXPECTED).flatMap(([cause, codes]) =>
  codes.map((code) => [code, cause] as const),
);

describe("network error table", () => {
  it("has no row that is not tested", () => {
    expect(rows.map(([code]) => code).sort()).toEqual(Object.keys(NET_ERRORS).sort());
  });
  it.each(rows)("reports %s as %s, in our words", (code, cause) => {
    const failure = netFailure(withCode(code), where)?.failure;
    expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause });
    expect(failure?.message).toContain("db.shop");
    expect(failure?.message).toMatch(/^[A-Z].*\.$|^db\.shop.*\.$/);
    expect(failure?.message).not.toContain("raw text");
  });
  it("reports a cut connection as TLSFailed during the handshake, as Unreachable elsewhere", () => {
    expect(netFailure(withCode("ECONNRESET"), where)?.failure.cause).toBe("Unreachable");
    expect(netFailure(withCode("ECONNRESET"), where, "TLS")?.failure.cause).toBe("TLSFailed");
    expect(netFailure(withCode("EPIPE"), where, "TLS")?.failure.cause).toBe("TLSFailed");
  });
  it("reports an OpenSSL code that it does not know as TLSFailed", () => {
    expect(netError("ERR_SSL_SOMETHING_NEW")?.cause).toBe("TLSFailed");
  });
  it.each(["constructor", "__proto__", "toString", "28P01", ""])("knows nothing of code %j", (code) => {
    expect(netFailure(withCode(code), where)).toBeUndefined();
  });
});

describe("errors inside errors", () => {
  it("finds a code in causes and aggregates", () => {
    const refused = new AggregateError([new Error("first"), withCode("ECONNREFUSED")]);
    expect(netFailure(new Error("outer", { cause: refused }), where)?.failure.cause).toBe(
      "ConnectionRefused",
    );
  });
  it("prefers our own failure that a driver wrapped", () => {
    const own = failed("AddressDenied", "own words");
    const wrapped = Object.assign(new Error("driver", { cause: own }), { code: "ECONNRESET" });
    expect(netFailure(wrapped, where)).toBe(own);
  });
  it("ends for errors that contain themselves, and for endless chains", () => {
    const loop = new Error("loop");
    loop.cause = loop;
    expect(causeChain(loop)).toEqual([loop]);
    let deep: Error = new Error("end");
    for (let depth = 0; depth < 10_000; depth += 1) deep = new Error("more", { cause: deep });
    expect(causeChain(deep)).toHaveLength(20);
  });
  it.each([undefined, null, "ECONNREFUSED", 42, { code: 7 }, {}])("knows nothing of %j", (thrown) => {
    expect(netFailure(thrown, where)).toBeUndefined();
  });
});
