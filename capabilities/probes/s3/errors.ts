import type { ConnectionCause } from "../../api/vocabulary";
import { failed } from "../../domain/failure";
import { isCloudRegion } from "../cloud-regions";
import type { ErrorRow } from "../error-row";
import type { S3Answer, S3Hint } from "./answer";
import { EXPORTER_REGION } from "./endpoint";

/** The names in messages. */
export interface S3Words {
  /** `S3 at s3.eu-west-1.amazonaws.com` */
  readonly server: string;
  readonly bucket: string;
  /** The region that was signed for. */
  readonly region: string;
  /** `the keys accessKeyID and secretAccessKey of Secret s3-keys` */
  readonly keys: string;
  /** Location of the session token, present or not. */
  readonly token: string;
  /** Whether a session token was sent. */
  readonly hasToken: boolean;
  /** Whether the access key has the form of AWS's temporary ones. */
  readonly isTemporary: boolean;
  /** Whether the host belongs to the provider. */
  readonly isProvider: boolean;
  /** The endpoint without the first part of its path: `http://minio:9000/prefix` */
  readonly withoutBucket: string;
  /** `Kollect 0.18` if that exporter ignores the region; absent if it uses the region. */
  readonly ignoresRegion?: string;
  /** `Kollect 0.18` if that exporter ignores session tokens; absent if it sends them. */
  readonly ignoresToken?: string;
}

interface S3Error extends ErrorRow<S3Words, [answer: S3Answer, now: number]> {
  /** The phase that fails: authentication, or the check of the bucket. */
  readonly phase: "Authenticate" | "Verify";
  /** Set if the bucket is in another region than the one that was signed for. */
  readonly otherRegion?: true;
}

type Say = S3Error["say"];
const unproven = (cause: ConnectionCause, say: Say): S3Error => ({ cause, phase: "Authenticate", say });
const refused = (say: Say): S3Error => unproven("AuthenticationFailed", say);
const answered = (cause: ConnectionCause, say: Say): S3Error => ({ cause, phase: "Verify", say });
const elsewhere = (): S3Error => ({ ...unproven("InvalidConfiguration", otherRegion), otherRegion: true });

const UNKNOWN_KEY: Say = (words) =>
  words.isTemporary && !words.hasToken
    ? needsToken(words)
    : `${words.server} does not recognize the access key. Check ${words.keys}.`;
const BAD_TOKEN: Say = (words) =>
  words.hasToken ? `${words.server} refused the session token. ${tokenFix(words)}` : needsToken(words);
const BUSY: Say = ({ server }) => `${server} is rate-limiting requests. Run the test again later.`;
const ILL: Say = ({ server }, { status }) =>
  `${server} returned a server error (HTTP ${status}). Run the test again later, and see its log or status page.`;
const FULL: Say = ({ server }) =>
  `${server} has no space left, or the bucket's quota is used up. Free some space.`;
const ALTERED: Say = ({ server }) =>
  `${server} received a different request than the operator signed. Check whether a proxy is in between.`;
const REFUSED: Say = ({ server, keys }) => `${server} refused the credentials. Check ${keys}.`;
const NO_BUCKET: Say = ({ server, bucket }) =>
  `${server} has no bucket ${bucket}. Create it, or check spec.endpoint.`;

/**
 * Error codes of HeadBucket and ListObjectsV2. Sources: Amazon S3 API reference, "Error responses"; Google
 * Cloud Storage, "HTTP status and error codes for XML"; MinIO, cmd/api-errors.go; Ceph, rgw_common.cc; Cloudflare R2,
 * "Error codes".
 */
export const S3_ERRORS: Readonly<Record<string, S3Error>> = {
  InvalidAccessKeyId: refused(UNKNOWN_KEY),
  InvalidSecurity: refused(UNKNOWN_KEY),
  SignatureDoesNotMatch: refused(
    ({ server, keys }) =>
      `${server} refused the signature: the secret access key does not belong to the access key. Check ${keys}.`,
  ),
  ExpiredToken: refused(
    (words) => `${words.server} reports that the session token has expired. ${tokenFix(words)}`,
  ),
  InvalidToken: refused(BAD_TOKEN),
  InvalidTokenId: refused(BAD_TOKEN),
  TokenRefreshRequired: refused(BAD_TOKEN),
  Unauthorized: refused(REFUSED),
  InvalidClientTokenId: refused(UNKNOWN_KEY),
  UnrecognizedClientException: refused(UNKNOWN_KEY),
  AuthFailure: refused(REFUSED),
  RequestTimeTooSkewed: refused(clockSkew),
  AccountProblem: answered("PermissionDenied", closedAccount),
  AllAccessDisabled: answered("PermissionDenied", closedBucket),
  NotSignedUp: answered("PermissionDenied", closedAccount),
  UserSuspended: answered("PermissionDenied", closedAccount),
  UserProjectAccountProblem: answered("PermissionDenied", closedAccount),
  NoSuchBucket: answered("TargetNotFound", NO_BUCKET),
  InvalidBucketName: answered(
    "InvalidConfiguration",
    ({ server, bucket }) => `${server} does not accept ${bucket} as a bucket's name. Check spec.endpoint.`,
  ),
  PermanentRedirect: elsewhere(),
  TemporaryRedirect: elsewhere(),
  Redirect: elsewhere(),
  AuthorizationHeaderMalformed: elsewhere(),
  IllegalLocationConstraintException: elsewhere(),
  InvalidRegion: elsewhere(),
  UserProjectMissing: answered(
    "InvalidConfiguration",
    ({ server, bucket }) =>
      `${server} bills the requester for bucket ${bucket}, and a sink cannot name the project to bill. Use another bucket.`,
  ),
  SlowDown: unproven("TooManyConnections", BUSY),
  TooManyRequests: unproven("TooManyConnections", BUSY),
  RequestLimitExceeded: unproven("TooManyConnections", BUSY),
  SlowDownRead: unproven("TooManyConnections", BUSY),
  SlowDownWrite: unproven("TooManyConnections", BUSY),
  ServiceUnavailable: unproven("Unreachable", ILL),
  InternalError: unproven("Unreachable", ILL),
  XMinioServerNotInitialized: unproven(
    "Unreachable",
    ({ server }) => `${server} is still starting. Run the test again later.`,
  ),
  XMinioStorageFull: unproven("Unreachable", FULL),
  XMinioBackendDown: unproven("Unreachable", ILL),
  BadDigest: unproven("ProtocolError", ALTERED),
  XAmzContentSHA256Mismatch: unproven("ProtocolError", ALTERED),
};

/** The code for valid credentials without the right for the request. */
export const ACCESS_DENIED = "AccessDenied";

const HINTS: Readonly<Record<S3Hint, S3Error>> = {
  console: unproven(
    "ProtocolError",
    ({ server }) =>
      `${server} is the port of MinIO's console. Write the port of its S3 API into spec.endpoint (9000 unless it was changed).`,
  ),
  https: unproven(
    "TLSFailed",
    ({ server }) => `${server} uses HTTPS at this port. Write https:// instead of http:// in spec.endpoint.`,
  ),
  keyLength: refused(
    ({ server, keys }) =>
      `${server} accepts no access key of this length: it belongs to another service or account. Check ${keys}.`,
  ),
  reserved: answered(
    "InvalidConfiguration",
    ({ server, bucket, withoutBucket }) =>
      `${server} has no bucket ${bucket}: the name is MinIO's own. Write spec.endpoint without it: ${withoutBucket}.`,
  ),
};

/** The error for an answer; undefined when it is a success or {@link ACCESS_DENIED}. */
export function s3Error(answer: S3Answer, signedRegion: string): S3Error | undefined {
  const { status, code = "", hint } = answer;
  if (hint) return HINTS[hint];
  if (status < 300) return answer.isS3 ? undefined : unproven("ProtocolError", NOT_S3);
  if (code === ACCESS_DENIED) return undefined;
  if (saysOtherRegion(answer, signedRegion)) return elsewhere();
  if (Object.hasOwn(S3_ERRORS, code)) return S3_ERRORS[code];
  return answer.isS3 ? byStatus(status) : notFromS3(status);
}

/** Whether the header names another region; the answer to a HEAD has no body. */
function saysOtherRegion({ status, region }: S3Answer, signedRegion: string): boolean {
  return region !== undefined && region !== signedRegion && [301, 307, 400].includes(status);
}

/** The failure for an error in an answer. */
export function s3Failure(error: S3Error, words: S3Words, answer: S3Answer, now: number): Error {
  return failed(error.cause, error.say(words, answer, now));
}

/** The error by status, for codes that are not in the table. */
function byStatus(status: number): S3Error {
  if (status === 401) return refused(REFUSED);
  if (status === 403) return answered("PermissionDenied", REFUSED_SOMEHOW);
  if (status === 404) return answered("TargetNotFound", NO_BUCKET);
  if (status === 429) return unproven("TooManyConnections", BUSY);
  if (status >= 500 && status !== 501) return unproven("Unreachable", ILL);
  if (status < 400) return unproven("InvalidConfiguration", REDIRECTED);
  return unproven("ProtocolError", UNKNOWN_CODE);
}

function notFromS3(status: number): S3Error {
  if (status === 429) return unproven("TooManyConnections", BUSY);
  if (status >= 500) return unproven("Unreachable", ILL);
  if (status < 400) return unproven("InvalidConfiguration", REDIRECTED);
  return unproven("ProtocolError", NOT_S3);
}

const REDIRECTED: Say = ({ server }, { status }) =>
  `${server} sends every request to another address (HTTP ${status}), which probes do not follow. Name the final address in spec.endpoint.`;
const NOT_S3: Say = ({ server }, { status }) =>
  `${server} answered HTTP ${status} but not as an S3 service does. Check host and port, and whether a proxy is in between.`;
const REFUSED_SOMEHOW: Say = ({ server, keys }) =>
  `${server} refused the request (HTTP 403) with an unknown error. Check the rights of ${keys}, and the server's log.`;
const UNKNOWN_CODE: Say = ({ server }, { status }) =>
  `${server} answered HTTP ${status} with an unknown error. See the server's log.`;

function otherRegion({ server, bucket, region, ignoresRegion }: S3Words, answer: S3Answer): string {
  const actual = shownRegion(answer, region);
  const found = actual
    ? `is in region ${actual}, not ${region}.`
    : `is not in region ${region} or not at this address.`;
  return `${server} reports that bucket ${bucket} ${found} ${regionFix(actual, ignoresRegion)}`;
}

/** The bucket's region, if it is another one and consists of words that only regions have. */
function shownRegion({ region }: S3Answer, signedRegion: string): string | undefined {
  return region !== undefined && region !== signedRegion && isCloudRegion(region) ? region : undefined;
}

/** Advice that works for the exporter too, which may sign for one region only. */
function regionFix(actual: string | undefined, ignoresRegion: string | undefined): string {
  if (ignoresRegion === undefined) {
    return actual ? `Set spec.options.region to ${actual}.` : "Check spec.options.region and spec.endpoint.";
  }
  const fix = actual === EXPORTER_REGION ? "remove it" : `use a bucket in ${EXPORTER_REGION}`;
  return `${ignoresRegion} signs for ${EXPORTER_REGION} whatever spec.options.region says: ${fix}.`;
}

function tokenFix({ token, ignoresToken }: S3Words): string {
  return ignoresToken
    ? `${ignoresToken} ignores session tokens: use a long-lived access key, and remove ${token}.`
    : `Renew ${token} together with the access key it was issued with.`;
}

function needsToken({ server, keys, token, ignoresToken }: S3Words): string {
  const fix = ignoresToken
    ? `${ignoresToken} sends none: use a long-lived access key`
    : `Add ${token}, or use a long-lived access key`;
  return `${server} accepts no temporary access key without its session token. ${fix}. Check ${keys}.`;
}

function closedAccount({ server }: S3Words): string {
  return `${server} refuses every request of this account. Check its billing and its sign-up for the service.`;
}

function closedBucket(words: S3Words): string {
  const { server, bucket, isProvider } = words;
  if (isProvider) return closedAccount(words);
  return `${server} refuses every request for bucket ${bucket}. Check its name, and whether it is disabled.`;
}

function clockSkew({ server }: S3Words, { serverTime }: S3Answer, now: number): string {
  const fix = "Set the clock of the operator's node, or of the server.";
  if (serverTime === undefined)
    return `The clocks of ${server} and of the operator differ too much (clock skew). ${fix}`;
  const minutes = Math.round(Math.abs(serverTime - now) / 60_000);
  const way = serverTime > now ? "behind" : "ahead of";
  return `The operator's clock is ${minutes} min ${way} that of ${server} (clock skew). ${fix}`;
}
