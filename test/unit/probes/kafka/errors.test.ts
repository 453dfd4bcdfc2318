import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { KAFKA_ERRORS, kafkaFailure } from "../../../../capabilities/probes/kafka/errors";
import { kafkaProbe } from "../../../../capabilities/probes/kafka/probe";
import { kafkaCase } from "../../../../lab/backends/kafka";
import { planOf } from "../../../../lab/backends/run-case";

const brokers = [{ host: "kafka-0.shop", port: 9093 }];

function whereWith(secret?: Record<string, string>): Parameters<typeof kafkaFailure>[1] {
  const plan = planOf(kafkaProbe, kafkaCase({ brokers, ...(secret ? { secret } : {}) }));
  return { endpoint: "kafka-0.shop:9093", host: "kafka-0.shop", plan };
}

const PASSWORD = { username: "kollect", password: "hunter22" };

const ROWS: ReadonlyArray<readonly [code: number, cause: Cause, words: string]> = [
  [3, "TargetNotFound", "has no topic inventory"],
  [5, "Unreachable", "without a leader"],
  [6, "Unreachable", "without a leader"],
  [7, "TimedOut", "did not finish the request"],
  [8, "Unreachable", "no broker ready"],
  [13, "Unreachable", "no broker ready"],
  [14, "Unreachable", "no broker ready"],
  [17, "InvalidConfiguration", "Check spec.kafka.topic"],
  [29, "PermissionDenied", "it does not exist, or user kollect may not write to it"],
  [31, "PermissionDenied", "ACLs of the cluster"],
  [33, "UnsupportedAuthMechanism", "does not offer this SASL mechanism"],
  [34, "UnsupportedAuthMechanism", "uses no SASL on this port"],
  [35, "ProtocolError", "did not understand"],
  [42, "ProtocolError", "did not understand"],
  [43, "ProtocolError", "did not understand"],
  [54, "PermissionDenied", "security features turned off"],
  [58, "AuthenticationFailed", "Check the keys username and password of Secret kafka-login"],
  [72, "Unreachable", "no listener like the one at"],
  [89, "TooManyConnections", "quota"],
];

describe("Kafka's error codes", () => {
  it("has no row that is not tested", () => {
    expect(ROWS.map(([code]) => String(code)).sort()).toEqual(Object.keys(KAFKA_ERRORS).sort());
  });

  it.each(ROWS)("turns error %i into %s", (code, cause, text) => {
    const { failure } = kafkaFailure(code, whereWith(PASSWORD));
    expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause });
    expect(failure.message).toContain(text);
    expect(failure.message).toContain("kafka-0.shop:9093");
    expect(failure.message).not.toContain("hunter22");
  });

  it.each([-1, 1, 22, 999])("turns the unknown error %i into ProtocolError", (code) => {
    const { failure } = kafkaFailure(code, whereWith());
    expect(failure.cause).toBe("ProtocolError");
    expect(failure.message).toContain(`error ${code}`);
  });

  it("speaks of the token when there is no user", () => {
    const { failure } = kafkaFailure(58, whereWith({ token: "abc.def.ghi", mechanism: "OAUTHBEARER" }));
    expect(failure.message).toContain("refused the token. Check the key token of Secret kafka-login");
  });

  it("speaks of the client when there are no credentials", () => {
    expect(kafkaFailure(29, whereWith()).failure.message).toContain("to the client: it does not exist");
  });
});
