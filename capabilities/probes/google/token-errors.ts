import { failed } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import type { GoogleAnswer } from "./answer";

/** The names in messages. */
export interface TokenWords {
  /** `oauth2.googleapis.com:443` */
  readonly endpoint: string;
  /** The account's address, which is not secret. */
  readonly email: string;
  /** `the key credentials.json of Secret gcs-key` */
  readonly source: string;
}

type Row = ErrorRow<TokenWords, [answer: GoogleAnswer]>;
type Say = Row["say"];

const NOT_BELIEVED: Say = ({ endpoint, email, source }) =>
  `The token endpoint ${endpoint} refused the key of service account ${email}. ` +
  `Check ${source}: whether the key was revoked, the account deleted or disabled, and the operator's clock.`;
const NOT_ALLOWED: Say = ({ endpoint, email }) =>
  `The token endpoint ${endpoint} does not issue a token for this API to service account ${email}. Check the organization's policies.`;
const NOT_UNDERSTOOD: Say = ({ endpoint, source }) =>
  `The token endpoint ${endpoint} rejected the request as invalid. Check token_uri in ${source}.`;
const BUSY: Say = ({ endpoint }) =>
  `The token endpoint ${endpoint} is rate-limiting requests. Run the test again later.`;
const ILL: Say = ({ endpoint }, { status }) =>
  `The token endpoint ${endpoint} returned a server error (HTTP ${status}). Run the test again later.`;

/** Errors of a token endpoint. Source: RFC 6749, section 5.2, and Google's OAuth 2.0 for service accounts. */
export const TOKEN_ERRORS: Readonly<Record<string, Row>> = {
  invalid_grant: row("AuthenticationFailed", NOT_BELIEVED),
  invalid_client: row("AuthenticationFailed", NOT_BELIEVED),
  deleted_client: row("AuthenticationFailed", NOT_BELIEVED),
  disabled_client: row("AuthenticationFailed", NOT_BELIEVED),
  unauthorized_client: row("AuthenticationFailed", NOT_ALLOWED),
  access_denied: row("AuthenticationFailed", NOT_ALLOWED),
  admin_policy_enforced: row("AuthenticationFailed", NOT_ALLOWED),
  org_internal: row("AuthenticationFailed", NOT_ALLOWED),
  invalid_scope: row("AuthenticationFailed", NOT_ALLOWED),
  invalid_request: row("InvalidConfiguration", NOT_UNDERSTOOD),
  unsupported_grant_type: row("InvalidConfiguration", NOT_UNDERSTOOD),
  rate_limit_exceeded: row("TooManyConnections", BUSY),
  internal_failure: row("Unreachable", ILL),
  temporarily_unavailable: row("Unreachable", ILL),
};

/** Clock skew beyond which Google rejects an assertion, in milliseconds. */
const MAX_SKEW_MS = 5 * 60_000;

/** The failure for an answer without a token. */
export function tokenFailure(answer: GoogleAnswer, words: TokenWords, now: number): Error {
  const { reason = "", serverTime = now } = answer;
  const skew = serverTime - now;
  if (reason === "invalid_grant" && Math.abs(skew) > MAX_SKEW_MS) {
    return failed("AuthenticationFailed", clockSkew(words, skew));
  }
  const known = Object.hasOwn(TOKEN_ERRORS, reason) ? TOKEN_ERRORS[reason] : undefined;
  const { cause, say } = known ?? byStatus(answer.status);
  return failed(cause, say(words, answer));
}

function clockSkew({ endpoint }: TokenWords, skew: number): string {
  const minutes = Math.round(Math.abs(skew) / 60_000);
  return (
    `The operator's clock is ${minutes} min ${skew > 0 ? "behind" : "ahead of"} that of the token endpoint ${endpoint} ` +
    "(clock skew). Set the clock of the operator's node."
  );
}

function byStatus(status: number): Row {
  if (status >= 500) return row("Unreachable", ILL);
  if (status === 429) return row("TooManyConnections", BUSY);
  return row("ProtocolError", NO_TOKEN);
}

const NO_TOKEN: Say = ({ endpoint, source }, { status }) =>
  `The token endpoint ${endpoint} answered HTTP ${status} without a token. Check token_uri in ${source}, and whether a proxy is in between.`;
