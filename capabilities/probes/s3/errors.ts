import type { ConnectionCause } from "../../api/vocabulary";
import { failed } from "../../domain/failure";
import type { ErrorRow } from "../error-row";
import type { S3Answer } from "./answer";

/** What messages name. */
export interface S3Words {
  /** `S3 at s3.eu-west-1.amazonaws.com` */
  readonly server: string;
  readonly bucket: string;
  /** The region that was signed for. */
  readonly region: string;
  /** `the keys accessKeyID and secretAccessKey of Secret s3-keys` */
  readonly keys: string;
  /** Where the session token is, or would be. */
  readonly token: string;
}

interface S3Error extends ErrorRow<S3Words, [answer: S3Answer, now: number]> {
  /** Which phase it ends: the credentials were not believed, or they were and the answer is no. */
  readonly phase: "Authenticate" | "Verify";
}

type Say = S3Error["say"];
const unproven = (cause: ConnectionCause, say: Say): S3Error => ({ cause, phase: "Authenticate", say });
const refused = (say: Say): S3Error => unproven("AuthenticationFailed", say);
const answered = (cause: ConnectionCause, say: Say): S3Error => ({ cause, phase: "Verify", say });

const UNKNOWN_KEY: Say = ({ server, keys }) => `${server} does not know the access key. Check ${keys}.`;
const BAD_TOKEN: Say = ({ server, token }) =>
  `${server} refused the session token. Renew ${token} together with the access key it was issued with.`;
const OTHER_REGION: Say = ({ server, bucket, region }, answer) =>
  answer.region !== undefined && answer.region !== region
    ? `${server} says that bucket ${bucket} is in region ${answer.region}, not ${region}. Set spec.options.region to ${answer.region}.`
    : `${server} says that bucket ${bucket} is not in region ${region} or not at this address. Check spec.options.region and spec.endpoint.`;
const BUSY: Say = ({ server }) => `${server} asks for fewer requests. Run the test again later.`;
const ILL: Say = ({ server }, { status }) =>
  `${server} has a fault of its own (HTTP ${status}). Run the test again later, and see its log or status page.`;
const ALTERED: Say = ({ server }) =>
  `${server} received another request than the operator signed. Check whether a proxy stands between them.`;
const CLOSED: Say = ({ server }) =>
  `${server} refuses every request of this account. Check its billing and its sign-up for the service.`;

/**
 * Error codes of S3 and of Google's XML API that HeadBucket and ListObjectsV2 can answer. Source: Amazon S3
 * API reference, "Error responses"; Google Cloud Storage, "HTTP status and error codes for XML".
 */
export const S3_ERRORS: Readonly<Record<string, S3Error>> = {
  InvalidAccessKeyId: refused(UNKNOWN_KEY),
  InvalidSecurity: refused(UNKNOWN_KEY),
  SignatureDoesNotMatch: refused(
    ({ server, keys }) =>
      `${server} refused the signature: the secret access key does not belong to the access key. Check ${keys}.`,
  ),
  ExpiredToken: refused(
    ({ server, token }) =>
      `${server} says that the session token has expired. Renew ${token} together with its access key.`,
  ),
  InvalidToken: refused(BAD_TOKEN),
  TokenRefreshRequired: refused(BAD_TOKEN),
  RequestTimeTooSkewed: refused(clockSkew),
  AccountProblem: answered("PermissionDenied", CLOSED),
  AllAccessDisabled: answered("PermissionDenied", CLOSED),
  NotSignedUp: answered("PermissionDenied", CLOSED),
  UserProjectAccountProblem: answered("PermissionDenied", CLOSED),
  NoSuchBucket: answered(
    "TargetNotFound",
    ({ server, bucket }) => `${server} has no bucket ${bucket}. Create it, or check spec.endpoint.`,
  ),
  InvalidBucketName: answered(
    "InvalidConfiguration",
    ({ server, bucket }) => `${server} does not take ${bucket} as a bucket's name. Check spec.endpoint.`,
  ),
  PermanentRedirect: unproven("InvalidConfiguration", OTHER_REGION),
  TemporaryRedirect: unproven("InvalidConfiguration", OTHER_REGION),
  Redirect: unproven("InvalidConfiguration", OTHER_REGION),
  AuthorizationHeaderMalformed: unproven("InvalidConfiguration", OTHER_REGION),
  IllegalLocationConstraintException: unproven("InvalidConfiguration", OTHER_REGION),
  InvalidRegion: unproven("InvalidConfiguration", OTHER_REGION),
  UserProjectMissing: answered(
    "InvalidConfiguration",
    ({ server, bucket }) =>
      `${server} lets the requester pay for bucket ${bucket}, which the sink cannot name a project for. Use another bucket.`,
  ),
  SlowDown: unproven("TooManyConnections", BUSY),
  TooManyRequests: unproven("TooManyConnections", BUSY),
  RequestLimitExceeded: unproven("TooManyConnections", BUSY),
  ServiceUnavailable: unproven("Unreachable", ILL),
  InternalError: unproven("Unreachable", ILL),
  BadDigest: unproven("ProtocolError", ALTERED),
  XAmzContentSHA256Mismatch: unproven("ProtocolError", ALTERED),
};

/** The code that says: the credentials are good, but not for this question. */
export const ACCESS_DENIED = "AccessDenied";

/** What stands for an answer; undefined when it is a success or {@link ACCESS_DENIED}. */
export function s3Error(answer: S3Answer, signedRegion: string): S3Error | undefined {
  const { status, code = "", region } = answer;
  if (status < 300) return answer.isS3 ? undefined : unproven("ProtocolError", NOT_S3);
  if (code === ACCESS_DENIED) return undefined;
  // A HEAD has no body: the header alone tells.
  if (region !== undefined && region !== signedRegion && [301, 307, 400].includes(status)) {
    return unproven("InvalidConfiguration", OTHER_REGION);
  }
  if (Object.hasOwn(S3_ERRORS, code)) return S3_ERRORS[code];
  return answer.code === undefined ? withoutCode(status) : unproven("ProtocolError", unknownCode);
}

/** The failure that an answer stands for. */
export function s3Failure(error: S3Error, words: S3Words, answer: S3Answer, now: number): Error {
  return failed(error.cause, error.say(words, answer, now));
}

function withoutCode(status: number): S3Error {
  if (status === 429) return unproven("TooManyConnections", BUSY);
  if (status >= 500) return unproven("Unreachable", ILL);
  if (status < 400) return unproven("InvalidConfiguration", ELSEWHERE);
  return unproven("ProtocolError", NOT_S3);
}

const ELSEWHERE: Say = ({ server }, { status }) =>
  `${server} sends every request to another address (HTTP ${status}), which probes do not follow. Name the final address in spec.endpoint.`;
const NOT_S3: Say = ({ server }, { status }) =>
  `${server} answered HTTP ${status} and not as an S3 service does. Check host and port, and whether a proxy stands between them.`;

function unknownCode({ server }: S3Words, { status }: S3Answer): string {
  return `${server} answered HTTP ${status} with an error that the operator does not know. See the server's log.`;
}

function clockSkew({ server }: S3Words, { serverTime }: S3Answer, now: number): string {
  const fix = "Set the clock of the operator's node, or of the server.";
  if (serverTime === undefined)
    return `The clocks of ${server} and of the operator differ too much (clock skew). ${fix}`;
  const minutes = Math.round(Math.abs(serverTime - now) / 60_000);
  const way = serverTime > now ? "behind" : "ahead of";
  return `The operator's clock is ${minutes} min ${way} that of ${server} (clock skew). ${fix}`;
}
