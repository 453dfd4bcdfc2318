import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import {
  AUTHENTICATION_CODES,
  mongodbFailure,
  SERVER_CODES,
  type MongodbWhere,
} from "../../../../capabilities/probes/mongodb/errors";
import { ScramRefused } from "../../../../capabilities/probes/mongodb/sasl-guard";
import { ServerRefusal } from "../../../../capabilities/probes/mongodb/server-refusal";
import { parseUri } from "../../../../capabilities/probes/mongodb/uri/uri";

const plan: MongodbWhere["plan"] = {
  uri: parseUri("mongodb://kollect:s3cr3t-p4ss@db.shop/"),
  source: { secret: "mongo-uri", key: "uri" },
  target: { database: "inventory", collection: "items", provisioning: "ensure" },
};

function failureOf(error: unknown, during: MongodbWhere["during"] = "question"): FailureError["failure"] {
  const found = mongodbFailure(error, { endpoint: "db.shop:27017", host: "db.shop", plan, during });
  if (!(found instanceof FailureError)) throw found;
  return found.failure;
}

const BY_CODE: Readonly<Record<number, string>> = {
  0: "ProtocolError",
  6: "Unreachable",
  7: "Unreachable",
  11: "AuthenticationFailed",
  13: "PermissionDenied",
  17: "ProtocolError",
  18: "AuthenticationFailed",
  50: "TimedOut",
  59: "ProtocolError",
  73: "InvalidConfiguration",
  89: "Unreachable",
  91: "Unreachable",
  133: "Unreachable",
  189: "Unreachable",
  211: "Unreachable",
  262: "TimedOut",
  334: "UnsupportedAuthMechanism",
  462: "TooManyConnections",
  8000: "PermissionDenied",
  10107: "Unreachable",
  11600: "Unreachable",
  11602: "Unreachable",
  13435: "Unreachable",
  13436: "Unreachable",
  16500: "TooManyConnections",
  99999: "ProtocolError",
};

describe("a server's error code", () => {
  it.each(Object.entries(BY_CODE))("%s is %s", (code, cause) => {
    const failure = failureOf(new ServerRefusal(Number(code)));
    expect(failure.cause).toBe(cause);
    expect(failure.message).toMatch(/^MongoDB at db\.shop:27017 .*\.$/);
    expect(failure.message).not.toMatch(/undefined|s3cr3t/);
  });

  it.each([
    [2, "UnsupportedAuthMechanism"],
    [13, "AuthenticationFailed"],
    [18, "AuthenticationFailed"],
    [59, "UnsupportedAuthMechanism"],
    [334, "UnsupportedAuthMechanism"],
    [8000, "AuthenticationFailed"],
    [91, "Unreachable"],
  ])("%i during authentication is %s", (code, cause) => {
    expect(failureOf(new ServerRefusal(code), "authentication").cause).toBe(cause);
  });

  it("of every row of the tables is tried here", () => {
    expect(Object.keys(BY_CODE)).toEqual(expect.arrayContaining(Object.keys(SERVER_CODES)));
    expect(Object.keys(AUTHENTICATION_CODES)).toEqual(["2", "13", "59", "8000"]);
  });
});

describe("an error that is no server's answer", () => {
  it.each([
    ["a socket's error", Object.assign(new Error("x"), { code: "ECONNRESET" }), "Unreachable"],
    ["a SCRAM exchange that must not go on", new ScramRefused("x"), "AuthenticationFailed"],
    [
      "a server without the password",
      new Error("Server returned an invalid signature"),
      "AuthenticationFailed",
    ],
    ["a password that cannot be prepared", new Error("Prohibited character, see …"), "SecretValueInvalid"],
    ["anything else", new TypeError("x is not a function"), "ProtocolError"],
    ["what is not even an error", "oops", "ProtocolError"],
  ])("%s during authentication is judged", (_, error, cause) => {
    expect(failureOf(error, "authentication").cause).toBe(cause);
  });

  it("speaks of a password's characters only during authentication", () => {
    expect(failureOf(new Error("Prohibited character, see …"), "question").cause).toBe("ProtocolError");
  });
});
