import { failed } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import { BACKEND_NAMES, quoted } from "../messages";
import { codeOf, netFailure } from "../net/errors";
import { baseUrl } from "./endpoint";
import { PacketError, type PacketFault } from "./pkt-line";
import type { GitPlan } from "./plan";
import type { GitService } from "./transport";

export interface Words {
  /** `Git server at git.example.com:443` */
  readonly server: string;
  /** `platform/inventory.git` */
  readonly repository: string;
  /** `the credentials`, `the key of user git` */
  readonly user: string;
  /** `Check the key token of Secret git-token.` */
  readonly check: string;
  /** `reading` or `pushing` */
  readonly doing: "reading" | "pushing";
  readonly code: number;
  readonly transport: "http" | "https" | "ssh";
}

export type Row = ErrorRow<Words>;
type Say = Row["say"];

const NO_REPOSITORY: Say = ({ server, repository, user }) =>
  `${server} has no repository ${repository}, or ${user} may not see it. Check the path in spec.endpoint, and access to it.`;
const NOT_GIT: Say = ({ server, code }) =>
  `${server} did not answer as a Git server does (HTTP ${code}). Check spec.endpoint, and whether a proxy or sign-in page is in between.`;
/** The answer of a port for HTTPS to a request without TLS. */
const BAD_REQUEST: Say = (words) =>
  words.transport === "http"
    ? `${words.server} did not answer as a Git server does (HTTP 400). If this is a port for HTTPS, write https:// in ` +
      "spec.endpoint; otherwise check whether a proxy is in between."
    : NOT_GIT(words);
const NOT_SMART: Say = ({ server }) =>
  `${server} answered without Git's protocol over HTTP. Check spec.endpoint, and whether a sign-in page is in between; ` +
  "a server that only offers the repository's files (dumb HTTP) does not accept pushes.";
const UNAVAILABLE: Say = ({ server, code }) =>
  `${server} is unavailable (HTTP ${code}). Check its state, and that of the proxy in front of it.`;
const MAY_NOT: Say = ({ server, repository, user, doing }) =>
  doing === "reading"
    ? `${server} does not let ${user} read ${repository}. Grant read access to the repository.`
    : `${server} does not let ${user} push to ${repository}. Grant write access to the repository, and check that it is not archived.`;

/** Web servers also return this to authenticated users that no rule admits (RFC 9110, section 15.5.2). */
const REFUSED: Say = ({ server, repository, user, check, doing }) =>
  doing === "reading"
    ? `${server} refused ${user} for ${repository}. ${check}`
    : `${server} refused ${user} for a push to ${repository}, but not for reading. Grant write access, or: ${check}`;

/** HTTP statuses of a Git server (gitprotocol-http(5), RFC 9110) other than 200. A class of statuses has one digit. */
export const HTTP_STATUSES: Readonly<Record<number, Row>> = {
  401: row("AuthenticationFailed", REFUSED),
  // Azure DevOps returns this with its sign-in page.
  203: row("AuthenticationFailed", REFUSED),
  400: row("ProtocolError", BAD_REQUEST),
  403: row("PermissionDenied", MAY_NOT),
  404: row("TargetNotFound", NO_REPOSITORY),
  410: row("TargetNotFound", NO_REPOSITORY),
  429: row(
    "TooManyConnections",
    ({ server }) => `${server} limits the rate of requests (HTTP 429). Run the test again later.`,
  ),
  502: row("Unreachable", UNAVAILABLE),
  503: row("Unreachable", UNAVAILABLE),
  504: row("Unreachable", UNAVAILABLE),
  2: row("ProtocolError", NOT_GIT),
  3: row("ProtocolError", NOT_GIT),
  4: row("ProtocolError", NOT_GIT),
  5: row(
    "ProtocolError",
    ({ server, code }) => `${server} answered with an internal error (HTTP ${code}). See its log.`,
  ),
};

/** The meaning of a service refused without a reason: over SSH the server returns only an exit status. */
export const REFUSED_SERVICES: Readonly<Record<GitService, Row>> = {
  "git-upload-pack": row("TargetNotFound", NO_REPOSITORY),
  "git-receive-pack": row("PermissionDenied", MAY_NOT),
};

const NOT_GIT_PROTOCOL: Say = ({ server }) =>
  `${server} violated Git's protocol. Check spec.endpoint, and whether a proxy or a login script is in between.`;

export const PACKET_FAULTS: Readonly<Record<Exclude<PacketFault, "refused">, Row>> = {
  malformed: row("ProtocolError", NOT_GIT_PROTOCOL),
  truncated: row("ProtocolError", ({ server }) => `${server} did not complete its answer. See its log.`),
  oversized: row(
    "ProtocolError",
    ({ server }) => `${server} advertises more references than a probe reads. Check the repository.`,
  ),
};

/** `code` of isomorphic-git's errors about a server's answer, other than those of {@link refusedStatus}. */
export const CLIENT_ERRORS: Readonly<Record<string, Row>> = {
  SmartHttpError: row("ProtocolError", NOT_SMART),
  ParseError: row("ProtocolError", NOT_GIT_PROTOCOL),
  EmptyServerResponseError: PACKET_FAULTS.truncated,
};

/** The status in isomorphic-git's error for an answer other than 200; undefined for other errors. */
export function refusedStatus(error: unknown): number | undefined {
  if (codeOf(error) !== "HttpError") return undefined;
  const { data } = error as { data?: { statusCode?: unknown } };
  return typeof data?.statusCode === "number" ? data.statusCode : 0;
}

/** The reasons of an SSH disconnect message (RFC 4253, section 11.1); others are {@link SSH_DISCONNECTED}. */
export const SSH_DISCONNECTS: Readonly<Record<number, Row>> = {
  1: row(
    "PermissionDenied",
    ({ server }) => `${server} does not accept connections from the operator's address.`,
  ),
  7: row("Unreachable", ({ server }) => `${server} reports that SSH is not available. Check its state.`),
  12: row(
    "TooManyConnections",
    ({ server }) => `${server} has too many SSH connections. Run the test again later, or raise its limit.`,
  ),
  14: row("AuthenticationFailed", ({ server, user, check }) => `${server} refused ${user}. ${check}`),
  15: row("AuthenticationFailed", ({ server, user, check }) => `${server} refused ${user}. ${check}`),
};
/** The last reason that RFC 4253 defines; larger numbers have no fixed meaning. */
const LAST_SSH_REASON = 15;

export const SSH_DISCONNECTED: Row = row("ProtocolError", ({ server, code }) => {
  const why = code <= LAST_SSH_REASON ? `reason ${code}` : "for a reason that SSH does not define";
  return `${server} ended the SSH connection (${why}). See its log.`;
});

/** For a server that exceeds a limit of its connection. */
export const SSH_VIOLATED: Row = row(
  "ProtocolError",
  ({ server }) =>
    `${server} violates the SSH protocol. Check host and port of spec.endpoint, and the server's log.`,
);

/** `level` of the SSH client's errors without a code; the first row whose text matches applies. */
export const SSH_ERRORS: readonly (Row & { readonly level: string; readonly text?: RegExp })[] = [
  {
    level: "client-authentication",
    ...row<Words>("AuthenticationFailed", ({ server, user, check }) => `${server} refused ${user}. ${check}`),
  },
  {
    level: "handshake",
    text: /no matching/,
    ...row<Words>(
      "ProtocolError",
      ({ server }) =>
        `${server} shares no SSH algorithm with the operator. Update the server, or turn current algorithms on.`,
    ),
  },
  {
    level: "handshake",
    ...row<Words>("ProtocolError", ({ server }) => `The SSH handshake with ${server} failed. See its log.`),
  },
  {
    level: "protocol",
    ...row<Words>(
      "ProtocolError",
      ({ server }) => `${server} is not an SSH server. Check host and port of spec.endpoint.`,
    ),
  },
];

/** The failure of a row for this plan. */
export function failureOf({ cause, say }: Row, plan: GitPlan, about: About, original?: unknown): Error {
  const hint = cause === "TargetNotFound" || cause === "ProtocolError" ? slashHint(plan) : "";
  return failed(cause, say(wordsOf(plan, about)) + hint, original);
}

/** Advice for a double slash in go-git's requests. */
function slashHint({ at, engine }: GitPlan): string {
  const isDoubled = at.transport !== "ssh" && baseUrl(at, engine).endsWith("/");
  return isDoubled ? " The exporter's go-git appends a '/' to spec.endpoint: remove the one at its end." : "";
}

export interface About {
  readonly service: GitService;
  /** HTTP status or SSH reason. */
  readonly code?: number;
}

/** The failure for a failed exchange, over either transport; never throws. */
export function gitFailure(error: unknown, plan: GitPlan, about: About): Error {
  if (error instanceof PacketError) {
    const entry = error.fault === "refused" ? REFUSED_SERVICES[about.service] : PACKET_FAULTS[error.fault];
    return failureOf(entry, plan, about, error);
  }
  const code = codeOf(error) ?? "";
  // llhttp's codes, for an answer that is not HTTP.
  if (/^HPE_/.test(code)) return failureOf(NOT_HTTP, plan, about, error);
  if (Object.hasOwn(CLIENT_ERRORS, code))
    return failureOf(CLIENT_ERRORS[code] ?? NOT_HTTP, plan, about, error);
  const where = { endpoint: plan.endpoint, host: plan.at.host };
  return netFailure(error, where) ?? failureOf(PACKET_FAULTS.malformed, plan, about, error);
}

const NOT_HTTP: Row = row(
  "ProtocolError",
  ({ server }) => `${server} is not an HTTP server. Check host and port of spec.endpoint.`,
);

/** The row for a status other than 200. */
export function statusRow(status: number): Row {
  return HTTP_STATUSES[status] ?? HTTP_STATUSES[Math.floor(status / 100)] ?? row("ProtocolError", NOT_GIT);
}

/** Name of a plan's server in messages. */
export function serverOf({ type, endpoint }: GitPlan): string {
  return `${BACKEND_NAMES[type]} at ${endpoint}`;
}

function wordsOf(plan: GitPlan, { service, code = 0 }: About): Words {
  return {
    server: serverOf(plan),
    repository: plan.repository,
    user: userOf(plan),
    check: checkOf(plan),
    doing: service === "git-upload-pack" ? "reading" : "pushing",
    code,
    transport: plan.at.transport,
  };
}

/** The user name of HTTP credentials is not shown: some people put their token there. */
function userOf({ credentials }: GitPlan): string {
  if (!credentials) return "the operator";
  return "privateKey" in credentials ? `the key of user ${quoted(credentials.user)}` : "the credentials";
}

/** What to check, by the Secret's key that was used. */
const CHECKS: Readonly<Record<string, (secret: string) => string>> = {
  token: (secret) => `Check the key token of Secret ${secret}: it may be wrong, expired or revoked.`,
  password: (secret) =>
    `Check the keys username and password of Secret ${secret}, and that they exist at the server.`,
  username: (secret) => `Secret ${secret} has only a username. Add the key token or password.`,
};

function checkOf({ credentials, secret }: GitPlan): string {
  if (!credentials || secret === undefined) return "Name a Secret with credentials in spec.secretRef.";
  const check = CHECKS[credentials.key];
  return (
    check?.(secret) ??
    `Check the key ${credentials.key} of Secret ${secret}, and that it exists at the server.`
  );
}
