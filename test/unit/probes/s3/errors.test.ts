import { describe, expect, it } from "vitest";
import { S3_ERRORS } from "../../../../capabilities/probes/s3/errors";
import { document, judge } from "./judge-answer";

const ROWS: Readonly<Record<string, readonly [status: number, cause: string, phase: string, says: RegExp]>> =
  {
    InvalidAccessKeyId: [
      403,
      "AuthenticationFailed",
      "Authenticate",
      /does not recognize the access key\. Check the keys/,
    ],
    InvalidSecurity: [403, "AuthenticationFailed", "Authenticate", /does not recognize the access key/],
    SignatureDoesNotMatch: [403, "AuthenticationFailed", "Authenticate", /refused the signature/],
    ExpiredToken: [
      400,
      "AuthenticationFailed",
      "Authenticate",
      /session token has expired\. Renew the key sessionToken/,
    ],
    InvalidToken: [400, "AuthenticationFailed", "Authenticate", /refused the session token/],
    InvalidTokenId: [403, "AuthenticationFailed", "Authenticate", /refused the session token/],
    Unauthorized: [403, "AuthenticationFailed", "Authenticate", /refused the credentials\. Check the keys/],
    AuthFailure: [401, "AuthenticationFailed", "Authenticate", /refused the credentials/],
    InvalidClientTokenId: [403, "AuthenticationFailed", "Authenticate", /does not recognize the access key/],
    UnrecognizedClientException: [
      403,
      "AuthenticationFailed",
      "Authenticate",
      /does not recognize the access key/,
    ],
    TokenRefreshRequired: [400, "AuthenticationFailed", "Authenticate", /refused the session token/],
    RequestTimeTooSkewed: [403, "AuthenticationFailed", "Authenticate", /differ too much \(clock skew\)/],
    AccountProblem: [403, "PermissionDenied", "Verify", /refuses every request of this account/],
    AllAccessDisabled: [403, "PermissionDenied", "Verify", /refuses every request/],
    NotSignedUp: [403, "PermissionDenied", "Verify", /refuses every request/],
    UserSuspended: [403, "PermissionDenied", "Verify", /refuses every request of this account/],
    UserProjectAccountProblem: [403, "PermissionDenied", "Verify", /refuses every request/],
    NoSuchBucket: [404, "TargetNotFound", "Verify", /has no bucket inventory\. Create it/],
    InvalidBucketName: [
      400,
      "InvalidConfiguration",
      "Verify",
      /does not accept inventory as a bucket's name/,
    ],
    PermanentRedirect: [
      301,
      "InvalidConfiguration",
      "Authenticate",
      /not in region us-east-1 or not at this address/,
    ],
    TemporaryRedirect: [307, "InvalidConfiguration", "Authenticate", /not at this address/],
    Redirect: [307, "InvalidConfiguration", "Authenticate", /not at this address/],
    AuthorizationHeaderMalformed: [400, "InvalidConfiguration", "Authenticate", /not in region us-east-1/],
    IllegalLocationConstraintException: [
      400,
      "InvalidConfiguration",
      "Authenticate",
      /not in region us-east-1/,
    ],
    InvalidRegion: [400, "InvalidConfiguration", "Authenticate", /not in region us-east-1/],
    UserProjectMissing: [400, "InvalidConfiguration", "Verify", /bills the requester/],
    SlowDown: [503, "TooManyConnections", "Authenticate", /is rate-limiting requests/],
    TooManyRequests: [429, "TooManyConnections", "Authenticate", /is rate-limiting requests/],
    RequestLimitExceeded: [503, "TooManyConnections", "Authenticate", /is rate-limiting requests/],
    SlowDownRead: [503, "TooManyConnections", "Authenticate", /is rate-limiting requests/],
    SlowDownWrite: [503, "TooManyConnections", "Authenticate", /is rate-limiting requests/],
    XMinioServerNotInitialized: [503, "Unreachable", "Authenticate", /is still starting/],
    XMinioStorageFull: [507, "Unreachable", "Authenticate", /has no space left/],
    XMinioBackendDown: [503, "Unreachable", "Authenticate", /returned a server error \(HTTP 503\)/],
    ServiceUnavailable: [503, "Unreachable", "Authenticate", /returned a server error \(HTTP 503\)/],
    InternalError: [500, "Unreachable", "Authenticate", /returned a server error \(HTTP 500\)/],
    BadDigest: [400, "ProtocolError", "Authenticate", /a different request than the operator signed/],
    XAmzContentSHA256Mismatch: [
      400,
      "ProtocolError",
      "Authenticate",
      /a different request than the operator signed/,
    ],
  };

describe("S3_ERRORS", () => {
  it("has a test for every row", () => {
    expect(Object.keys(ROWS).sort()).toEqual(Object.keys(S3_ERRORS).sort());
  });

  it.each(Object.entries(ROWS))("reads %s", (code, [status, cause, phase, says]) => {
    const judged = judge({ status, body: document(code) });
    expect(judged).toMatchObject({ cause, phase, message: expect.stringMatching(says) });
    expect(judged.message).not.toContain("canary");
  });
});

describe("answers of S3", () => {
  it.each([
    ["the header of a HEAD's answer", { status: 301, headers: { "x-amz-bucket-region": "eu-west-1" } }],
    [
      "the header of a HEAD with a wrong scope",
      { status: 400, headers: { "x-amz-bucket-region": "eu-west-1" } },
    ],
    [
      "the body of a listing's answer",
      { status: 400, body: document("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>") },
    ],
  ])("name the right region by %s", (_what, answer) => {
    expect(judge(answer)).toMatchObject({
      cause: "InvalidConfiguration",
      message: expect.stringMatching(
        /in region eu-west-1, not us-east-1\. Set spec\.options\.region to eu-west-1\./,
      ),
    });
  });

  it.each(["canary leaks", "<b>canary</b>", "canary\u0000", "c".repeat(33)])(
    "name no region that is none: %j",
    (region) => {
      const { message } = judge({
        status: 400,
        headers: { "x-amz-bucket-region": region },
        body: document("AuthorizationHeaderMalformed", `<Region>${region}</Region>`),
      });
      expect(message).not.toContain(region);
      expect(message).toMatch(/Check spec\.options\.region/);
    },
  );

  it.each([
    ["2026-11-23T13:00:00Z", /operator's clock is 60 min behind that of S3 at minio:9000 \(clock skew\)/],
    ["2026-11-23T11:40:00Z", /operator's clock is 20 min ahead of that of S3 at minio:9000/],
  ])("say how far the clocks are apart when the server's says %s", (time, says) => {
    const headers = { date: new Date(time).toUTCString() };
    expect(judge({ headers, body: document("RequestTimeTooSkewed") }).message).toMatch(says);
  });

  it("take AccessDenied for a right that is missing, not for a failure", () => {
    expect(judge({ status: 403, body: document("AccessDenied") })).toEqual({ message: "" });
  });

  it.each([
    [403, "", "ProtocolError", /HTTP 403 but not as an S3 service does/],
    [400, "<html>canary</html>", "ProtocolError", /HTTP 400 but not as an S3 service does/],
    [407, "", "ProtocolError", /proxy/],
    [200, "<html>canary</html>", "ProtocolError", /HTTP 200 but not as an S3 service does/],
    [429, "", "TooManyConnections", /rate-limiting requests/],
    [302, "", "InvalidConfiguration", /another address \(HTTP 302\), which probes do not follow/],
    [502, "", "Unreachable", /HTTP 502/],
    [418, document("CanaryCode"), "ProtocolError", /HTTP 418 with an unknown error/],
    [401, document("CanaryCode"), "AuthenticationFailed", /refused the credentials/],
    [403, document("CanaryCode"), "PermissionDenied", /HTTP 403\) with an unknown error/],
    [404, document("CanaryCode"), "TargetNotFound", /has no bucket inventory/],
    [429, document("CanaryCode"), "TooManyConnections", /rate-limiting requests/],
    [501, document("CanaryCode"), "ProtocolError", /unknown error/],
    [503, document("CanaryCode"), "Unreachable", /returned a server error \(HTTP 503\)/],
    [507, document("CanaryCode"), "Unreachable", /returned a server error \(HTTP 507\)/],
    [403, "<html><Code>AccessDenied</Code>", "ProtocolError", /not as an S3 service does/],
    [403, '{"Code":"AccessDenied"}', "ProtocolError", /not as an S3 service does/],
    [403, "<Error><Code>constructor</Code>", "PermissionDenied", /unknown error/],
    [403, `<Error><Code>${"x".repeat(100)}</Code>`, "ProtocolError", /not as an S3 service does/],
    [403, "<Code>constructor</Code>", "ProtocolError", /not as an S3 service does/],
  ])("of HTTP %i that are not S3's own (%j) are %s", (status, body, cause, says) => {
    const judged = judge({ status, body });
    expect(judged).toMatchObject({ cause, message: expect.stringMatching(says) });
    expect(judged.message).not.toMatch(/canary/i);
  });

  it.each([
    [{ body: "<html>", headers: { "x-amz-request-id": "1" } }],
    [{ body: '{"status":"ok"}', headers: { "x-amz-request-id": "1" } }],
  ])("are none of S3's where they are pages, whatever their headers say: %j", (answer) => {
    expect(judge({ status: 200, ...answer })).toMatchObject({ cause: "ProtocolError" });
  });

  it("are success only with a sign of S3", () => {
    expect(judge({ status: 200, body: "<ListBucketResult>" })).toEqual({ message: "" });
    expect(judge({ status: 200, headers: { "x-amz-request-id": "1" } })).toEqual({ message: "" });
  });
});
