import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import {
  JETSTREAM_ERRORS,
  jetStreamFailure,
  SERVER_ERRORS,
  serverFailure,
  type NatsWhere,
} from "../../../../capabilities/probes/nats/errors";
import { natsProbe } from "../../../../capabilities/probes/nats/probe";
import { login, natsCase, PASSWORD, STREAM } from "../../../../lab/backends/nats";
import { planOf } from "../../../../lab/backends/run-case";

function whereWith(secret?: Record<string, string>): NatsWhere {
  const url = "nats://nats.shop:4222";
  const plan = planOf(natsProbe, natsCase({ url, stream: STREAM, ...(secret ? { secret } : {}) }));
  const { credentials } = plan;
  return { endpoint: "nats.shop:4222", host: "nats.shop", plan, ...(credentials ? { credentials } : {}) };
}

const SAID: ReadonlyArray<readonly [row: string, said: string, cause: Cause, words: string]> = [
  [
    "authorization violation",
    "Authorization Violation",
    "AuthenticationFailed",
    "refused user kollect. Check the keys username and password of Secret nats-login",
  ],
  ["user authentication expired", "User Authentication Expired", "AuthenticationFailed", "has expired"],
  ["user authentication revoked", "User Authentication Revoked", "AuthenticationFailed", "was revoked"],
  ["account authentication expired", "Account Authentication Expired", "AuthenticationFailed", "has expired"],
  ["authentication timeout", "Authentication Timeout", "TimedOut", "timed out waiting for the login"],
  [
    "failed account registration",
    "Failed Account Registration",
    "AuthenticationFailed",
    "refused user kollect",
  ],
  ["maximum connections exceeded", "maximum connections exceeded", "TooManyConnections", "max_connections"],
  [
    "maximum account active connections exceeded",
    "maximum account active connections exceeded",
    "TooManyConnections",
    "the account's limit",
  ],
  [
    "connection throttling is active",
    "Connection throttling is active. Please try again later.",
    "TooManyConnections",
    "no connection left",
  ],
  [
    "maximum subscriptions exceeded",
    "maximum subscriptions exceeded",
    "TooManyConnections",
    "max_subscriptions",
  ],
  ["secure connection - tls required", "Secure Connection - TLS Required", "TLSFailed", "Write tls://"],
  [
    "attempted to connect to",
    "attempted to connect to leaf node port",
    "InvalidConfiguration",
    "the port for clients",
  ],
  ["stale connection", "Stale Connection", "TimedOut", "stale"],
  ["maximum control line exceeded", "maximum control line exceeded", "ProtocolError", "did not understand"],
  ["invalid client protocol", "invalid client protocol", "ProtocolError", "did not understand"],
  ["unknown protocol operation", "Unknown Protocol Operation", "ProtocolError", "did not understand"],
  ["parser error", "Parser Error", "ProtocolError", "did not understand"],
];

describe("what NATS servers say", () => {
  it("has no row that is not tested", () => {
    expect(SAID.map(([row]) => row).sort()).toEqual(Object.keys(SERVER_ERRORS).sort());
  });

  it.each(SAID)("turns %j into its cause", (_, said, cause, text) => {
    const { failure } = serverFailure(said, whereWith(login("kollect")));
    expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause });
    expect(failure.message).toContain(text);
    expect(failure.message).toContain("nats.shop:4222");
    expect(failure.message).not.toContain(PASSWORD);
  });

  it.each(["", "constructor", `refused ${PASSWORD}`, "x".repeat(1_000_000)])(
    "does not repeat what it does not know",
    (said) => {
      const { failure } = serverFailure(said, whereWith());
      expect(failure.cause).toBe("ProtocolError");
      expect(failure.message).toContain("an error that the operator does not recognize");
      expect(failure.message).not.toContain(PASSWORD);
    },
  );
});

const CODES: ReadonlyArray<readonly [code: number, cause: Cause, words: string]> = [
  [503, "TargetNotFound", "JetStream is not enabled"],
  [10008, "Unreachable", "cannot answer for stream INVENTORY now"],
  [10009, "Unreachable", "cannot answer"],
  [10023, "Unreachable", "cannot answer"],
  [10035, "TargetNotFound", "JetStream is not enabled"],
  [10039, "TargetNotFound", "JetStream is not enabled"],
  [10076, "TargetNotFound", "JetStream is not enabled"],
  [10118, "Unreachable", "cannot answer"],
  [10120, "TargetNotFound", "JetStream is not enabled"],
  [10194, "Unreachable", "cannot answer"],
];

describe("JetStream's error codes", () => {
  it("has no row that is not tested", () => {
    expect(CODES.map(([code]) => String(code)).sort()).toEqual(Object.keys(JETSTREAM_ERRORS).sort());
  });

  it.each(CODES)("turns error %i into %s", (code, cause, text) => {
    const { failure } = jetStreamFailure(code, whereWith());
    expect(failure.cause).toBe(cause);
    expect(failure.message).toContain(text);
  });

  it("turns an unknown error into ProtocolError", () => {
    expect(jetStreamFailure(1, whereWith()).failure.cause).toBe("ProtocolError");
  });
});
