import { Errors } from "isomorphic-git";
import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { FailureError, type Failure } from "../../../../capabilities/domain/failure";
import {
  CLIENT_ERRORS,
  failureOf as errorOf,
  gitFailure,
  refusedStatus,
  statusRow,
} from "../../../../capabilities/probes/git/errors";
import type { HttpPlan } from "../../../../capabilities/probes/git/plan";
import { PacketError, type PacketFault } from "../../../../capabilities/probes/git/pkt-line";
import type { GitService } from "../../../../capabilities/probes/git/transport";

const PLAN: HttpPlan = {
  type: "git",
  engine: "go-git",
  endpoint: "git.example.com:443",
  repository: "r.git",
  target: { branch: "refs/heads/main", fatal: [], conflicts: [], creates: false },
  at: {
    transport: "https",
    host: "git.example.com",
    port: 443,
    path: "/r.git",
    url: "https://git.example.com/r.git",
  },
  trust: { insecureSkipVerify: false },
  credentials: { user: "kollect", password: "password of tests", key: "token", sent: [] },
  secret: "git-credentials",
};

function failureOf(error: unknown, service: GitService = "git-upload-pack"): Failure {
  const failure = gitFailure(error, PLAN, { service });
  if (!(failure instanceof FailureError)) throw new Error("is no failure");
  return failure.failure;
}

describe("an error of a conversation with a git server", () => {
  it.each([
    ["malformed", "git-upload-pack", "ProtocolError"],
    ["truncated", "git-upload-pack", "ProtocolError"],
    ["oversized", "git-upload-pack", "ProtocolError"],
    ["refused", "git-upload-pack", "TargetNotFound"],
    ["refused", "git-receive-pack", "PermissionDenied"],
  ] as [PacketFault, GitService, Cause][])("%s in %s is %s", (fault, service, cause) => {
    expect(failureOf(new PacketError(fault), service).cause).toBe(cause);
  });

  it.each([
    ["HPE_INVALID_CONSTANT", "ProtocolError"],
    ["HPE_HEADER_OVERFLOW", "ProtocolError"],
    ["ECONNRESET", "Unreachable"],
    ["UNHEARD_OF", "ProtocolError"],
  ])("with code %s is %s and shows none of its words", (code, cause) => {
    const failure = failureOf(Object.assign(new Error("password of tests"), { code }));
    expect(failure.cause).toBe(cause);
    expect(failure.message).not.toContain("password of tests");
    expect(failure.message).toContain("git.example.com:443");
  });

  it.each([
    [new Errors.SmartHttpError("<html>", "password of tests"), "ProtocolError", "dumb HTTP"],
    [new Errors.ParseError("# service=", "password of tests"), "ProtocolError", "violated Git's protocol"],
    [new Errors.EmptyServerResponseError(), "ProtocolError", "did not complete its answer"],
  ])("of isomorphic-git, %s, is reported as %s", (error, cause, words) => {
    expect(Object.keys(CLIENT_ERRORS)).toContain(error.code);
    const failure = failureOf(error);
    expect(failure.cause).toBe(cause);
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("password of tests");
  });

  it("of isomorphic-git about a status gives the status, and no other error does", () => {
    expect(refusedStatus(new Errors.HttpError(503, "", "password of tests"))).toBe(503);
    expect(refusedStatus(new Errors.EmptyServerResponseError())).toBeUndefined();
    expect(refusedStatus(new PacketError("refused"))).toBeUndefined();
    expect(refusedStatus("HttpError")).toBeUndefined();
  });

  it("that is a failure already stays what it is", () => {
    const own = new FailureError({ reason: "ConnectionTestFailed", cause: "AddressDenied", message: "no" });
    expect(failureOf(new Error("wrapped", { cause: own }))).toBe(own.failure);
  });
});

describe("an HTTP status", () => {
  it.each([
    [401, "AuthenticationFailed"],
    [402, "ProtocolError"],
    [599, "ProtocolError"],
    [304, "ProtocolError"],
    [0, "ProtocolError"],
    [999, "ProtocolError"],
  ])("%d has a row, by itself or by its class: %s", (status, cause) => {
    expect(statusRow(status).cause).toBe(cause);
  });

  it("400 may be of a port for HTTPS, where the endpoint is http", () => {
    const said = (transport: "http" | "https"): string => {
      const plan = { ...PLAN, at: { ...PLAN.at, transport } };
      return (errorOf(statusRow(400), plan, { service: "git-upload-pack", code: 400 }) as Error).message;
    };
    expect(said("http")).toContain("If this is a port for HTTPS, write https:// in spec.endpoint");
    expect(said("https")).not.toContain("HTTPS");
  });
});
