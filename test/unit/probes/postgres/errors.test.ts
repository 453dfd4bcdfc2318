import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { FailureError } from "../../../../capabilities/domain/failure";
import {
  postgresFailure,
  SQLSTATES,
  sqlState,
  type PostgresWhere,
} from "../../../../capabilities/probes/postgres/errors";
import { postgresProbe } from "../../../../capabilities/probes/postgres/probe";
import { postgresCase } from "../../../../lab/backends/postgres";
import { planOf } from "../../../../lab/backends/run-case";

const plan = planOf(postgresProbe, postgresCase("postgresql://kollect:hunter22@db.shop/app"));
const where: PostgresWhere = { endpoint: "db.shop:5432", host: "db.shop", secured: true, plan };

/** As pg makes it of a server's ErrorResponse. */
function serverError(code: string, fields: object = {}): Error {
  const text = 'FATAL: hunter22 "kollect" at /var/lib/postgresql';
  return Object.assign(new Error(text), { name: "error", severity: "FATAL", code, detail: text, ...fields });
}

function failureOf(error: unknown): FailureError["failure"] {
  const result = postgresFailure(error, where);
  expect(result).toBeInstanceOf(FailureError);
  return (result as FailureError).failure;
}

const ROWS: ReadonlyArray<readonly [row: string, sent: string, cause: Cause, words: string]> = [
  [
    "28P01",
    "28P01",
    "AuthenticationFailed",
    "refused the password of user kollect. Check the key dsn of Secret pg-dsn.",
  ],
  ["28000", "28000", "AuthenticationFailed", "pg_hba.conf"],
  ["3D000", "3D000", "TargetNotFound", "no database app"],
  ["3F000", "3F000", "TargetNotFound", "spec.postgres.schema"],
  ["42P01", "42P01", "TargetNotFound", "spec.postgres.table"],
  ["42501", "42501", "PermissionDenied", "CONNECT on the database"],
  ["25006", "25006", "PermissionDenied", "read-only"],
  ["53300", "53300", "TooManyConnections", "max_connections"],
  ["53", "53200", "Unreachable", "SQLSTATE 53200"],
  ["55000", "55000", "PermissionDenied", "accepts no connections"],
  ["57P01", "57P01", "Unreachable", "shutting down"],
  ["57P02", "57P02", "Unreachable", "shutting down"],
  ["57P03", "57P03", "Unreachable", "starting up"],
  ["57014", "57014", "TimedOut", "locks"],
  ["08", "08P01", "ProtocolError", "SQLSTATE 08P01"],
  ["0A", "0A000", "ProtocolError", "SQLSTATE 0A000"],
  ["22023", "22023", "InvalidConfiguration", "options"],
  ["42704", "42704", "InvalidConfiguration", "options"],
  ["42601", "42601", "InvalidConfiguration", "options"],
  ["55P02", "55P02", "InvalidConfiguration", "options"],
];

describe("SQLSTATE table", () => {
  it("has no row that is not tested", () => {
    expect(ROWS.map(([row]) => row).sort()).toEqual(Object.keys(SQLSTATES).sort());
  });
  it.each(ROWS)("row %s: reports %s as %s", (_row, sent, cause, words) => {
    const failure = failureOf(serverError(sent));
    expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause });
    expect(failure.message).toContain("PostgreSQL at db.shop:5432");
    expect(failure.message).toContain(words);
    expect(failure.message).not.toMatch(/hunter22|FATAL|\/var/);
  });
  it("tells a role that does not exist from a host that is not admitted", () => {
    const failure = failureOf(serverError("28000", { routine: "InitializeSessionUserId" }));
    expect(failure.cause).toBe("AuthenticationFailed");
    expect(failure.message).toContain("knows no user kollect");
  });
  it("says with which encryption a host is not admitted", () => {
    expect(failureOf(serverError("28000")).message).toContain("with TLS");
    const plain = postgresFailure(serverError("28000"), { ...where, secured: false });
    expect(plain.message).toContain("without TLS");
  });
  it("reports a state that it does not know as ProtocolError, by number alone", () => {
    expect(failureOf(serverError("XX000"))).toMatchObject({ cause: "ProtocolError" });
    expect(failureOf(serverError("XX000")).message).toContain("SQLSTATE XX000");
  });
  it.each(["28p01", "28P01; DROP", "constructor", "\u202e2801", ""])(
    "does not take %j for a state",
    (code) => {
      expect(sqlState(serverError(code))).toBeUndefined();
      expect(failureOf(serverError(code)).message).not.toContain("DROP");
    },
  );
  it("does not take Node's EPIPE for a state", () => {
    const error = Object.assign(new Error("write EPIPE"), { code: "EPIPE", syscall: "write" });
    expect(failureOf(error).cause).toBe("Unreachable");
  });
  it("finds the state in a failure that was made of it", () => {
    expect(sqlState(postgresFailure(serverError("28000"), where))).toBe("28000");
    expect(sqlState(new Error("x"))).toBeUndefined();
    expect(sqlState(undefined)).toBeUndefined();
  });
});

describe("pg's own errors", () => {
  it.each([
    ["SASL: SCRAM-SERVER-FIRST-MESSAGE: server nonce is too short", "AuthenticationFailed"],
    ["SASL channel binding: unknown OID hunter22", "AuthenticationFailed"],
    ["Received unexpected commandComplete message from backend. hunter22", "ProtocolError"],
    ["Connection terminated unexpectedly", "ProtocolError"],
  ])("reports %j as %s", (text, cause) => {
    const failure = failureOf(new Error(text));
    expect(failure.cause).toBe(cause);
    expect(failure.message).not.toMatch(/hunter22|nonce|OID/);
  });
  it.each([undefined, null, "text", 42])("reports %j as ProtocolError", (thrown) => {
    expect(failureOf(thrown).cause).toBe("ProtocolError");
  });
});
