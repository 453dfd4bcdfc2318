import { failed } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import type { GoogleAnswer } from "./answer";

/** The names in messages. */
export interface GoogleWords {
  /** `BigQuery at bigquery.googleapis.com` */
  readonly server: string;
  /** Source of the credentials: `the key credentials.json of Secret bq-key`. */
  readonly source: string;
  /** `dataset shop.inventory`, with the field to check. */
  readonly target: string;
  /** The field that names the target. */
  readonly field: string;
}

type Row = ErrorRow<GoogleWords, [answer: GoogleAnswer]>;
type Say = Row["say"];

const BAD_TOKEN: Say = ({ server, source }) =>
  `${server} refused the access token of the service account. Check ${source}, and that the account is not disabled.`;
const NOT_ENABLED: Say = ({ server }) =>
  `The API of ${server} is not enabled for the project. Enable it in the project's console, wait some minutes, and run the test again.`;
const NO_BILLING: Say = ({ server }) =>
  `${server} refuses requests because the project has no billing account. Attach one.`;
const BUSY: Say = ({ server }) =>
  `${server} is rate-limiting requests (quota exceeded). Run the test again later.`;
const ILL: Say = ({ server }, { status }) =>
  `${server} returned a server error (HTTP ${status}). Run the test again later, and see its status page.`;
const NOT_FOUND: Say = ({ server, target, field }) =>
  `${server} has no ${target}. Create it, or check ${field}.`;
const NOT_UNDERSTOOD: Say = ({ server, target, field }) =>
  `${server} does not accept the name of ${target}. Check ${field}.`;

/**
 * Google's error reasons of BigQuery and Cloud Storage. Source: BigQuery, "Error messages"; Cloud
 * Storage, "HTTP status and error codes for JSON"; google.rpc.ErrorInfo for SERVICE_DISABLED.
 */
export const GOOGLE_ERRORS: Readonly<Record<string, Row>> = {
  authError: row("AuthenticationFailed", BAD_TOKEN),
  required: row("AuthenticationFailed", BAD_TOKEN),
  UNAUTHENTICATED: row("AuthenticationFailed", BAD_TOKEN),
  ACCESS_TOKEN_EXPIRED: row("AuthenticationFailed", BAD_TOKEN),
  ACCESS_TOKEN_TYPE_UNSUPPORTED: row("AuthenticationFailed", BAD_TOKEN),
  CREDENTIALS_MISSING: row("AuthenticationFailed", BAD_TOKEN),
  ACCOUNT_STATE_INVALID: row("AuthenticationFailed", BAD_TOKEN),
  accessNotConfigured: row("PermissionDenied", NOT_ENABLED),
  SERVICE_DISABLED: row("PermissionDenied", NOT_ENABLED),
  billingNotEnabled: row("PermissionDenied", NO_BILLING),
  BILLING_DISABLED: row("PermissionDenied", NO_BILLING),
  accountDisabled: row("PermissionDenied", NO_BILLING),
  userProjectAccountProblem: row("PermissionDenied", NO_BILLING),
  notFound: row("TargetNotFound", NOT_FOUND),
  NOT_FOUND: row("TargetNotFound", NOT_FOUND),
  invalid: row("InvalidConfiguration", NOT_UNDERSTOOD),
  invalidQuery: row("InvalidConfiguration", NOT_UNDERSTOOD),
  INVALID_ARGUMENT: row("InvalidConfiguration", NOT_UNDERSTOOD),
  rateLimitExceeded: row("TooManyConnections", BUSY),
  userRateLimitExceeded: row("TooManyConnections", BUSY),
  quotaExceeded: row("TooManyConnections", BUSY),
  RATE_LIMIT_EXCEEDED: row("TooManyConnections", BUSY),
  RESOURCE_EXHAUSTED: row("TooManyConnections", BUSY),
  backendError: row("Unreachable", ILL),
  internalError: row("Unreachable", ILL),
  INTERNAL: row("Unreachable", ILL),
  UNAVAILABLE: row("Unreachable", ILL),
};

/** Reasons which mean that the account is authenticated but lacks the permission. */
const FORBIDDEN = new Set([
  "accessDenied",
  "forbidden",
  "insufficientPermissions",
  "PERMISSION_DENIED",
  "IAM_PERMISSION_DENIED",
]);

/** Whether an authenticated account was refused. */
export function isForbidden({ status, reason }: GoogleAnswer): boolean {
  return status === 403 && reason !== undefined && FORBIDDEN.has(reason);
}

/** The failure for an answer; undefined for a success. */
export function googleFailure(answer: GoogleAnswer, words: GoogleWords): Error | undefined {
  const { status, reason = "", json } = answer;
  if (status < 300 && json) return undefined;
  const known = Object.hasOwn(GOOGLE_ERRORS, reason) ? GOOGLE_ERRORS[reason] : undefined;
  const { cause, say } = known ?? byStatus(status);
  return failed(cause, say(words, answer));
}

function byStatus(status: number): Row {
  if (status >= 500) return row("Unreachable", ILL);
  if (status === 429) return row("TooManyConnections", BUSY);
  if (status === 401) return row("AuthenticationFailed", BAD_TOKEN);
  return row("ProtocolError", NOT_GOOGLE);
}

const NOT_GOOGLE: Say = ({ server }, { status }) =>
  `${server} answered HTTP ${status} but not as Google's API does. Check the address, and whether a proxy is in between.`;
