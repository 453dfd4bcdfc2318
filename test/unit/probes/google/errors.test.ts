import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import { readGoogleAnswer } from "../../../../capabilities/probes/google/answer";
import { GOOGLE_ERRORS, googleFailure, isForbidden } from "../../../../capabilities/probes/google/errors";
import { TOKEN_ERRORS, tokenFailure } from "../../../../capabilities/probes/google/token-errors";

const WORDS = {
  server: "BigQuery at bigquery.googleapis.com",
  source: "the key credentials.json of Secret bq-key",
  target: "dataset shop.inventory",
  field: "spec.bigquery.dataset",
};
const TOKEN_WORDS = {
  endpoint: "oauth2.googleapis.com:443",
  email: "kollect@shop.iam.gserviceaccount.com",
  source: "the key credentials.json of Secret bq-key",
};
const NOW = Date.parse("2026-11-23T12:00:00Z");

interface Judged {
  readonly cause?: string | undefined;
  readonly message: string;
}

function judged(failure: Error | undefined): Judged {
  if (!failure) return { message: "" };
  if (!(failure instanceof FailureError)) throw failure;
  expect(failure.message).not.toContain("canary");
  return { cause: failure.failure.cause, message: failure.message };
}

/** As Google's APIs send an error. */
function body(reason: string, form: "errors" | "status" | "details"): string {
  const message = "canary-message";
  const status = form === "status" ? { status: reason } : { status: "canary-status" };
  const errors = [{ message, domain: "global", reason: form === "errors" ? reason : "canary reason" }];
  const details = [{ "@type": "x" }, { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason }];
  return JSON.stringify({
    error: { code: 400, message, errors, ...status, ...(form === "details" ? { details } : {}) },
  });
}

function api(status: number, text: string): Judged {
  return judged(googleFailure(readGoogleAnswer({ status, headers: {}, body: text }), WORDS));
}

function token(status: number, text: string, headers: Record<string, string> = {}): Judged {
  return judged(tokenFailure(readGoogleAnswer({ status, headers, body: text }), TOKEN_WORDS, NOW));
}

type Rows = Readonly<Record<string, readonly [status: number, cause: string, says: RegExp]>>;

const REFUSED =
  /refused the access token of the service account\. Check the key credentials\.json of Secret bq-key/;
const API_ROWS: Rows = {
  authError: [401, "AuthenticationFailed", REFUSED],
  required: [401, "AuthenticationFailed", REFUSED],
  UNAUTHENTICATED: [401, "AuthenticationFailed", REFUSED],
  ACCESS_TOKEN_EXPIRED: [401, "AuthenticationFailed", REFUSED],
  ACCESS_TOKEN_TYPE_UNSUPPORTED: [401, "AuthenticationFailed", REFUSED],
  CREDENTIALS_MISSING: [401, "AuthenticationFailed", REFUSED],
  ACCOUNT_STATE_INVALID: [401, "AuthenticationFailed", REFUSED],
  accessNotConfigured: [403, "PermissionDenied", /not enabled for the project\. Enable it/],
  SERVICE_DISABLED: [403, "PermissionDenied", /not enabled for the project/],
  billingNotEnabled: [403, "PermissionDenied", /no billing account\. Attach one/],
  BILLING_DISABLED: [403, "PermissionDenied", /no billing account/],
  accountDisabled: [403, "PermissionDenied", /no billing account/],
  userProjectAccountProblem: [403, "PermissionDenied", /no billing account/],
  notFound: [
    404,
    "TargetNotFound",
    /has no dataset shop\.inventory\. Create it, or check spec\.bigquery\.dataset/,
  ],
  NOT_FOUND: [404, "TargetNotFound", /has no dataset shop\.inventory/],
  invalid: [400, "InvalidConfiguration", /does not accept the name of dataset shop\.inventory/],
  invalidQuery: [400, "InvalidConfiguration", /does not accept the name/],
  INVALID_ARGUMENT: [400, "InvalidConfiguration", /does not accept the name/],
  rateLimitExceeded: [403, "TooManyConnections", /rate-limiting requests \(quota exceeded\)/],
  userRateLimitExceeded: [403, "TooManyConnections", /rate-limiting requests/],
  quotaExceeded: [403, "TooManyConnections", /rate-limiting requests/],
  RATE_LIMIT_EXCEEDED: [429, "TooManyConnections", /rate-limiting requests/],
  RESOURCE_EXHAUSTED: [429, "TooManyConnections", /rate-limiting requests/],
  backendError: [503, "Unreachable", /returned a server error \(HTTP 503\)/],
  internalError: [500, "Unreachable", /returned a server error \(HTTP 500\)/],
  INTERNAL: [500, "Unreachable", /returned a server error/],
  UNAVAILABLE: [503, "Unreachable", /returned a server error/],
};

describe("GOOGLE_ERRORS", () => {
  it("has a test for every row", () => {
    expect(Object.keys(API_ROWS).sort()).toEqual(Object.keys(GOOGLE_ERRORS).sort());
  });

  it.each(Object.entries(API_ROWS))("reads %s", (reason, [status, cause, says]) => {
    const form = reason !== reason.toUpperCase() ? "errors" : "details";
    expect(api(status, body(reason, form))).toEqual({ cause, message: expect.stringMatching(says) });
  });

  it("reads the status when there is no better word", () => {
    expect(api(404, '{"error":{"code":404,"status":"NOT_FOUND"}}').cause).toBe("TargetNotFound");
  });

  it("believes the detail before the general word", () => {
    const error = {
      status: "PERMISSION_DENIED",
      errors: [{ reason: "forbidden" }],
      details: [{ reason: "SERVICE_DISABLED" }],
    };
    const answer = readGoogleAnswer({ status: 403, headers: {}, body: JSON.stringify({ error }) });
    expect(isForbidden(answer)).toBe(false);
    expect(judged(googleFailure(answer, WORDS)).message).toMatch(/not enabled/);
  });

  it.each(["accessDenied", "forbidden", "insufficientPermissions"])(
    "takes %s for a question refused",
    (reason) => {
      const read = (status: number): boolean =>
        isForbidden(readGoogleAnswer({ status, headers: {}, body: body(reason, "errors") }));
      expect([read(403), read(404)]).toEqual([true, false]);
    },
  );

  it.each<[status: number, text: string, cause: string | undefined]>([
    [200, "{}", undefined],
    [200, "<html>canary</html>", "ProtocolError"],
    [302, "", "ProtocolError"],
    [403, "<html>canary</html>", "ProtocolError"],
    [401, "", "AuthenticationFailed"],
    [429, "", "TooManyConnections"],
    [502, "Bad Gateway", "Unreachable"],
    [400, body("constructor", "errors"), "ProtocolError"],
    [400, '{"error":{"errors":[{"reason":{"canary":1}}]}}', "ProtocolError"],
    [400, '{"error":["canary"]}', "ProtocolError"],
    [400, "[1]", "ProtocolError"],
  ])("takes HTTP %i with %s for %s", (status, text, cause) => {
    expect(api(status, text).cause).toBe(cause);
  });
});

const NOT_BELIEVED = /refused the key of service account kollect@shop\S+ Check the key credentials\.json/;
const TOKEN_ROWS: Rows = {
  invalid_grant: [400, "AuthenticationFailed", NOT_BELIEVED],
  invalid_client: [401, "AuthenticationFailed", NOT_BELIEVED],
  deleted_client: [401, "AuthenticationFailed", NOT_BELIEVED],
  disabled_client: [401, "AuthenticationFailed", NOT_BELIEVED],
  unauthorized_client: [401, "AuthenticationFailed", /issue a token for this API/],
  access_denied: [403, "AuthenticationFailed", /issue a token for this API/],
  admin_policy_enforced: [400, "AuthenticationFailed", /issue a token for this API/],
  org_internal: [403, "AuthenticationFailed", /issue a token for this API/],
  invalid_scope: [400, "AuthenticationFailed", /issue a token for this API/],
  invalid_request: [400, "InvalidConfiguration", /Check token_uri/],
  unsupported_grant_type: [400, "InvalidConfiguration", /Check token_uri/],
  rate_limit_exceeded: [429, "TooManyConnections", /rate-limiting requests/],
  internal_failure: [500, "Unreachable", /returned a server error/],
  temporarily_unavailable: [503, "Unreachable", /returned a server error/],
};

describe("TOKEN_ERRORS", () => {
  it("has a test for every row", () => {
    expect(Object.keys(TOKEN_ROWS).sort()).toEqual(Object.keys(TOKEN_ERRORS).sort());
  });

  it.each(Object.entries(TOKEN_ROWS))("reads %s", (error, [status, cause, says]) => {
    const text = JSON.stringify({ error, error_description: "canary-description" });
    expect(token(status, text)).toEqual({ cause, message: expect.stringMatching(says) });
  });

  it.each([
    [
      "Mon, 23 Nov 2026 13:00:00 GMT",
      /operator's clock is 60 min behind that of the token endpoint .*clock skew/,
    ],
    ["Mon, 23 Nov 2026 11:40:00 GMT", /operator's clock is 20 min ahead of that/],
    ["Mon, 23 Nov 2026 12:01:00 GMT", NOT_BELIEVED],
    ["canary", NOT_BELIEVED],
  ])("names the clock skew when the endpoint's clock says %s", (date, says) => {
    expect(token(400, '{"error":"invalid_grant"}', { date }).message).toMatch(says);
  });

  it.each<[status: number, text: string, cause: string]>([
    [200, "<html>canary</html>", "ProtocolError"],
    [404, "canary", "ProtocolError"],
    [301, "", "ProtocolError"],
    [429, "", "TooManyConnections"],
    [502, "", "Unreachable"],
    [400, '{"error":"toString"}', "ProtocolError"],
  ])("takes HTTP %i with %s for %s", (status, text, cause) => {
    expect(token(status, text).cause).toBe(cause);
  });
});
