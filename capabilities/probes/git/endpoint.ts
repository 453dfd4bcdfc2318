import { failed } from "../../domain/failure";
import { hasAt } from "../secrets/connection-string";
import { quoted } from "../messages";
import { HOST_HINT, isHost } from "../net/names/host-name";
import type { GitEngine } from "./engine";

/** Location of a Git repository, with its transport. */
export type GitEndpoint = HttpEndpoint | SshEndpoint;

interface CommonEndpoint {
  readonly host: string;
  readonly port: number;
  /** The path in the URL, with percent escapes decoded; for `ssh://` as the server's command gets it. */
  readonly path: string;
  /** From `#branch=`. */
  readonly branch?: string;
}

export interface HttpEndpoint extends CommonEndpoint {
  readonly transport: "http" | "https";
  /** Without userinfo, query and fragment. */
  readonly url: string;
  /** The URL holds a user name or password, which the exporter does not use. */
  readonly hasUserinfo?: true;
}

export interface SshEndpoint extends CommonEndpoint {
  readonly transport: "ssh";
  readonly user?: string;
}

/**
 * The address to which requests append '/' and a path. If the URL ends in a slash, the git program adds no second one;
 * go-git does, and servers may not accept that.
 */
export function baseUrl({ url }: HttpEndpoint, engine: GitEngine): string {
  return engine === "cli" ? url.replace(/\/$/, "") : url;
}

const DEFAULT_PORTS = { "http:": 80, "https:": 443, "ssh:": 22 } as const;
type Scheme = keyof typeof DEFAULT_PORTS;

/** Maximum length of a URL, in characters, to protect the parsers; no repository has a longer one. */
const MAX_LENGTH = 2048;

/**
 * Parses `https://`, `http://` and `ssh://` URLs, each with an optional `#branch=`.
 * Throws `FailureError` `InvalidConfiguration`, whose message never quotes a URL: it may hold a password.
 * @param type the sink's type, for messages: the ssh:// form is no advice for a gitlab sink
 */
export function parseEndpoint(text: string | undefined, type: "git" | "gitlab" = "git"): GitEndpoint {
  const trimmed = (text ?? "").trim();
  if (trimmed === "") throw invalid("is missing. Name the repository, such as https://host/group/repo.git");
  if (trimmed.length > MAX_LENGTH) throw invalid(`is longer than ${MAX_LENGTH} characters`);
  const fault = pasteFault(trimmed);
  if (fault !== undefined) throw invalid(fault);
  if (/[\p{Cc}\p{Cf}]|[^\S ]/u.test(trimmed)) throw invalid("holds white space or control characters");
  const { location, branch } = splitBranch(trimmed);
  if (!location.includes("://")) throw scpForm(location, type);
  return { ...fromUrl(location), ...(branch === undefined ? {} : { branch }) };
}

const FORMS = "Write https://host/group/repo.git or ssh://git@host/group/repo.git";

/** Texts that are pasted together with a URL or instead of one. */
const PASTE_FAULTS: readonly [looksLike: RegExp, fault: string][] = [
  [/^["'`“”‘’]|["'`“”‘’]$/, "is enclosed in quotes. Remove them"],
  [/^git\s+clone\s/, "begins with a command. Write only the URL"],
  [/<[^<>/]*>|\{\{|\$\{/, "holds a placeholder such as <group>. Write the name instead"],
  [/^(?:file:|\/|\.{1,2}\/|~\/)/, `names a file, which is not a repository on a server. ${FORMS}`],
  [/^(?:https?|ssh):\/(?!\/)/i, `lacks a slash after the scheme. ${FORMS}`],
  [/^(?:https?|ssh):\/\/(?:https?|ssh):/i, "has its scheme twice. Write it once"],
  [
    /^https?:\/\/[^?#]*\/-\/(?:tree|blob|commits|merge_requests|raw)(?:\/|$)/i,
    "is the address of a page. Write it up to the name of the repository, without /-/ and what follows",
  ],
  [
    /^https?:\/\/github\.com\/[^/]+\/[^/]+\/(?:tree|blob|commits|pull|raw)(?:\/|$)/i,
    "is the address of a page. Write it up to the name of the repository; the branch is set by #branch=",
  ],
];

function pasteFault(text: string): string | undefined {
  return PASTE_FAULTS.find(([looksLike]) => looksLike.test(text))?.[1];
}

function splitBranch(text: string): { location: string; branch?: string } {
  const at = text.indexOf("#");
  if (at < 0) return { location: text };
  const [, branch] = /^branch=(.+)$/.exec(decoded(text.slice(at + 1))) ?? [];
  if (at === text.length - 1) return { location: text.slice(0, at) };
  if (branch === undefined) throw invalid("has a fragment other than #branch=NAME");
  return { location: text.slice(0, at), branch };
}

function fromUrl(text: string): GitEndpoint {
  const url = parseUrl(text);
  const common = {
    host: checkedHost(url.hostname.replace(/^\[|\]$/g, "")),
    port: Number(url.port) || DEFAULT_PORTS[url.protocol as Scheme],
  };
  const path = decoded(url.pathname);
  if (/^\/*$/.test(path)) throw invalid("names no repository after the host");
  // A password that is split at a slash ends in the path, and its beginning is parsed as the host.
  if (hasAt(path)) throw invalid("has an '@' in the path. Put user name and password into a Secret");
  if (url.protocol === "ssh:") {
    const user = decoded(url.username);
    return { transport: "ssh", ...common, path, ...(user ? { user } : {}) };
  }
  return {
    transport: url.protocol === "https:" ? "https" : "http",
    ...common,
    path,
    url: `${url.protocol}//${url.host}${url.pathname}`,
    ...(url.username || url.password ? { hasUserinfo: true as const } : {}),
  };
}

function parseUrl(text: string): URL {
  // Git and browsers read a backslash in different ways.
  const url = !text.includes("\\") && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.hostname === "")
    throw colonBeforePath(text) ?? invalid(`is not a URL that can be read. ${FORMS}`);
  if (!Object.hasOwn(DEFAULT_PORTS, url.protocol)) {
    throw invalid(`has the scheme ${quoted(url.protocol)}//, which the exporter does not accept. ${FORMS}`);
  }
  checkAuthority(text);
  if (url.search !== "" || text.includes("?")) throw invalid("has a query (?…). Remove it");
  return url;
}

/** Go does not accept percent escapes in a host, nor invalid ones in a user name. */
function checkAuthority(text: string): void {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(text)?.[1] ?? "";
  if (authority.includes(" ")) throw invalid("holds spaces");
  const end = authority.lastIndexOf("@") + 1;
  if (authority.slice(end).includes("%"))
    throw invalid("has a '%' in its host. Write the name without escapes");
  decoded(authority.slice(0, end));
}

/** `ssh://git@host:org/repo.git`: a mixture of the URL and the scp form. */
function colonBeforePath(text: string): Error | undefined {
  const [, user, host, path] =
    /^ssh:\/\/(?:([^@/]*)@)?([^@/:[\]]+|\[[^\]]+\]):(?!\d+(?:\/|$))([^/@][^@]*)$/i.exec(text) ?? [];
  if (host === undefined || path === undefined) return undefined;
  return invalid(
    `has a colon between host and path, where ssh:// has a port. Write ${sshUrl(user, host, path)}`,
  );
}

/**
 * git-clone(1): with a colon before the first slash the text is `[user@]host:path`, which Go does not parse as a URL. A
 * part that may be `user:password` is not shown.
 */
function scpForm(text: string, type: "git" | "gitlab"): Error {
  const [, user, host, path] = /^(?:([^@/:[\]]+)@)?(\[[^\]]+\]|[^@/:[\]]+):([^@]+)$/.exec(text) ?? [];
  if (host === undefined || path === undefined || !(user ?? /\/|\.git$/.test(path))) {
    return invalid(`is not a URL. ${FORMS}`);
  }
  if (type === "gitlab") {
    return invalid(
      `has the form host:path, which is for SSH, and a gitlab sink accepts only https:// or http://. Write ${quoted(`https://${host}/${path.replace(/^\/+/, "")}`)}`,
    );
  }
  return invalid(
    `has the form host:path, which the exporter refuses. Write ${sshUrl(user, host, path)} with ` +
      "spec.git.auth.type: ssh, or the https:// URL",
  );
}

/** The URL made from the parts of the other forms; a user name that does not look like one is not shown. */
function sshUrl(user: string | undefined, host: string, path: string): string {
  const shown = user !== undefined && /^[a-z_][a-z0-9_-]{0,31}$/i.test(user) ? `${user}@` : "";
  // A number before the first slash was intended as a port.
  const separator = /^\d{1,5}\//.test(path) ? ":" : "/";
  return quoted(`ssh://${shown}${host}${separator}${path.replace(/^\/+/, "")}`);
}

function checkedHost(host: string): string {
  if (isHost(host)) return host;
  throw invalid(`has a host that is neither a name nor an address. ${HOST_HINT}`);
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!/[\p{Cc}]/u.test(plain)) return plain;
  } catch {
    // Malformed escapes fail in the same way as control characters.
  }
  throw invalid("has percent escapes that are not text");
}

function invalid(fault: string): Error {
  return failed("InvalidConfiguration", `spec.endpoint ${fault}.`);
}
