import { failed } from "../../domain/failure";
import { HOST_HINT, isHost } from "../net/host-name";

/** Where a Git repository is, and over which transport. */
export type GitEndpoint = HttpEndpoint | SshEndpoint;

export interface HttpEndpoint {
  readonly transport: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Without userinfo, query, fragment and a slash at its end. */
  readonly url: string;
  /** The user name of the endpoint; a password there is refused. */
  readonly user?: string;
  /** From `#branch=`. */
  readonly branch?: string;
}

export interface SshEndpoint {
  readonly transport: "ssh";
  readonly host: string;
  readonly port: number;
  /** As the server's command gets it: absolute for `ssh://`, relative to the home folder for the scp form. */
  readonly path: string;
  readonly user?: string;
  readonly branch?: string;
}

const DEFAULT_PORTS = { "http:": 80, "https:": 443, "ssh:": 22 } as const;
type Scheme = keyof typeof DEFAULT_PORTS;

/** No repository has a longer one, and parsers need not see it. */
const MAX_LENGTH = 2048;

/**
 * Reads `https://`, `http://`, `ssh://` and the scp form `git@host:org/repo.git`, each with `#branch=`.
 * Throws `FailureError` `InvalidConfiguration`, whose message never quotes the endpoint: it may hold a
 * password.
 */
export function parseEndpoint(text: string | undefined): GitEndpoint {
  const trimmed = (text ?? "").trim();
  if (trimmed === "") throw invalid("is missing. Name the repository, such as https://host/group/repo.git");
  if (trimmed.length > MAX_LENGTH) throw invalid(`is longer than ${MAX_LENGTH} characters`);
  if (/[\p{Cc}\p{Cf}\s]/u.test(trimmed)) throw invalid("holds spaces or control characters");
  const { location, branch } = splitBranch(trimmed);
  const endpoint = location.includes("://") ? fromUrl(location) : fromScp(location);
  return { ...endpoint, ...(branch === undefined ? {} : { branch }) };
}

function splitBranch(text: string): { location: string; branch?: string } {
  const at = text.indexOf("#");
  if (at < 0) return { location: text };
  const [, branch] = /^branch=(.+)$/.exec(decoded(text.slice(at + 1))) ?? [];
  if (branch === undefined) throw invalid("has a fragment other than #branch=NAME");
  return { location: text.slice(0, at), branch };
}

function fromUrl(text: string): GitEndpoint {
  const url = parseUrl(text);
  const user = decoded(url.username);
  const common = {
    host: checkedHost(url.hostname.replace(/^\[|\]$/g, "")),
    port: Number(url.port) || DEFAULT_PORTS[url.protocol as Scheme],
    ...(user ? { user } : {}),
  };
  if (url.protocol === "ssh:") return { transport: "ssh", ...common, path: sshPath(decoded(url.pathname)) };
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "") throw invalid("names no repository behind the host");
  const transport = url.protocol === "https:" ? "https" : "http";
  return { transport, ...common, url: `${url.protocol}//${url.host}${path}` };
}

function parseUrl(text: string): URL {
  // Git and browsers read a backslash in different ways.
  const url = !text.includes("\\") && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.hostname === "") throw invalid("is not a URL that can be read");
  if (!Object.hasOwn(DEFAULT_PORTS, url.protocol)) {
    throw invalid("is not reached by https, http or ssh; other schemes cannot be probed");
  }
  if (url.password !== "") {
    throw invalid("holds a password. Remove it and put it into the key password of the Secret");
  }
  if (url.search !== "" || text.includes("?")) throw invalid("has a query (?…). Remove it");
  return url;
}

/** git-clone(1): a colon before the first slash makes it `[user@]host:path`. */
function fromScp(text: string): SshEndpoint {
  const [, user, bracketed, plain, path] =
    /^(?:([^@/:[\]]+)@)?(?:\[([^\]]+)\]|([^@/:[\]]+)):(.+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || path === undefined) {
    throw invalid("is neither a URL (https://, http://, ssh://) nor of the form git@host:group/repo.git");
  }
  return {
    transport: "ssh",
    host: checkedHost(host),
    port: 22,
    path: sshPath(path),
    ...(user ? { user } : {}),
  };
}

function checkedHost(host: string): string {
  if (isHost(host)) return host;
  throw invalid(`has a host that is neither a name nor an address. ${HOST_HINT}`);
}

/** Git drops the slash before a tilde, so that the server's shell finds a user's home. */
function sshPath(path: string): string {
  const found = path.startsWith("/~") ? path.slice(1) : path;
  if (found === "" || found === "/") throw invalid("names no repository behind the host");
  if (found.startsWith("-"))
    throw invalid("names a repository that starts with '-', which Git takes for an option");
  return found;
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!/[\p{Cc}]/u.test(plain)) return plain;
  } catch {
    // Malformed escapes end like control characters do.
  }
  throw invalid("holds percent escapes that are not text");
}

function invalid(fault: string): Error {
  return failed("InvalidConfiguration", `spec.endpoint ${fault}.`);
}
