import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { FailureError } from "../../../../capabilities/domain/failure";
import {
  postgresFailure,
  SQLSTATES,
  sqlState,
  type PostgresWhere,
} from "../../../../capabilities/probes/postgres/errors";
import { POOLER_ERRORS } from "../../../../capabilities/probes/postgres/pooler-errors";
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
  ["22023", "22023", "InvalidConfiguration", "refused a parameter in the key dsn of Secret pg-dsn"],
  ["42704", "42704", "InvalidConfiguration", "refused a parameter"],
  ["42601", "42601", "InvalidConfiguration", "refused a parameter"],
  ["55P02", "55P02", "InvalidConfiguration", "refused a parameter"],
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
  it.each([
    ["HUNT3", "an SQLSTATE that PostgreSQL does not define"],
    ["53ABC", "an SQLSTATE of class 53"],
    ["08ABC", "an SQLSTATE of class 08"],
    ["22P0X", "an SQLSTATE of class 22"],
  ])("does not show %s, which may be a piece of a password", (code, words) => {
    const { message } = failureOf(serverError(code));
    expect(message).toContain(words);
    expect(message).not.toContain(code);
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

describe("a parameter that the server refuses", () => {
  const [SSL, PIECE] = ["ssl=true", "hunter22=1"];
  const rows: ReadonlyArray<readonly [query: string, code: string, text: string, words: string]> = [
    [SSL, "42704", 'unrecognized configuration parameter "ssl"', "refused the parameter ssl in"],
    [SSL, "08P01", "unsupported startup parameter: ssl", "write sslmode=require or sslmode=disable instead"],
    [`${SSL}&search_path=x`, "42704", 'parameter "search_path"', "refused the setting search_path in"],
    [`${SSL}&search_path=x`, "42704", "hunter22", "refused a parameter in"],
    [
      PIECE,
      "42704",
      'unrecognized configuration parameter "hunter22"',
      "refused a parameter that it does not know in",
    ],
  ];
  it.each(rows)("%s with %s %j", (query, code, text, words) => {
    const parameters = planOf(
      postgresProbe,
      postgresCase(`postgresql://kollect:hunter22@db.shop/app?${query}`),
    );
    const error = Object.assign(serverError(code), { message: text });
    const { failure } = postgresFailure(error, { ...where, plan: parameters }) as FailureError;
    expect(failure).toMatchObject({ cause: "InvalidConfiguration" });
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("hunter22");
  });
});

describe("texts of poolers", () => {
  const rows: ReadonlyArray<readonly [code: string, text: string, cause: Cause]> = [
    ["08P01", "password authentication failed", "AuthenticationFailed"],
    ["08P01", "SASL authentication failed", "AuthenticationFailed"],
    ["08P01", "no such user: hunter22", "AuthenticationFailed"],
    ["08P01", "no such database: hunter22", "TargetNotFound"],
    ["08P01", 'database "hunter22" does not exist', "TargetNotFound"],
    ["08P01", "no more connections allowed (max_client_conn)", "TooManyConnections"],
    ["08P01", "client connections exceeded (max_user_client_connections)", "TooManyConnections"],
    ["08P01", "pgbouncer cannot connect to server", "Unreachable"],
    ["08P01", 'database "hunter22" is disabled', "Unreachable"],
    ["08P01", 'server login failed: role "hunter22" does not exist', "AuthenticationFailed"],
    ["XX000", "remaining connection slots are reserved", "TooManyConnections"],
    ["08P01", "server login has been failing, cached error: x (server_login_retry)", "Unreachable"],
    ["08P01", "query_wait_timeout", "Unreachable"],
    ["08P01", "pooler is shutting down", "Unreachable"],
    ["08P01", "SSL required", "TLSFailed"],
    ["08P01", "transaction blocks not allowed in statement pooling mode", "InvalidConfiguration"],
    ["XX000", "Tenant or user not found", "AuthenticationFailed"],
    ["XX000", "MaxClientsInSessionMode: max clients reached - in Session mode", "TooManyConnections"],
    ["XX000", "SSL connection is required", "TLSFailed"],
    ["XX000", "SSL required, says hunter22", "ProtocolError"],
  ];
  it.each(rows)("reports %s %j as %s", (code, text, cause) => {
    const failure = failureOf(Object.assign(serverError(code), { message: text }));
    expect(failure.cause).toBe(cause);
    expect(failure.message).not.toMatch(/hunter22/);
    expect(failure.message.length).toBeLessThan(300);
  });
  it("has no row that is not tested", () => {
    for (const { text } of POOLER_ERRORS) {
      const isConsole = text.test("not allowed");
      expect(isConsole || rows.some(([, sent]) => text.test(sent)), String(text)).toBe(true);
    }
  });
});
