import { createHmac } from "node:crypto";
import { invalidValue } from "../../secrets/secret-values";
import type { GitEngine } from "../engine";
import { pastedFault } from "../../secrets/pasted-text";
import { isBase64 } from "../../../lib/base64";
import { trimmed } from "../../../lib/trimmed";

/** One line of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  readonly marker?: "@revoked" | "@cert-authority";
  /** The line's first field: names with wildcards and negation, or one hashed name. */
  readonly hosts: string;
  /** `ssh-ed25519` and so on. */
  readonly type: string;
  /** The public key in the protocol's encoding. */
  readonly key: Buffer;
}

export interface KnownHosts {
  readonly lines: readonly KnownHost[];
  /** How many unreadable lines were skipped. */
  readonly unreadable: number;
}

/** Source and reader of a text. */
export interface KnownHostsSource {
  readonly secret: string;
  readonly key: string;
  readonly engine: GitEngine;
}

/**
 * Maximum length of all lists of hosts with a star, in characters: comparing a name with a pattern takes up to the
 * product of their lengths, for each question about the server's keys.
 */
const MAX_STARRED = 16_384;

/**
 * Parses a known_hosts file. Throws `FailureError` `SecretValueInvalid` when no line of it can be read, and
 * for go-git when one cannot: OpenSSH skips such a line, and Go's knownhosts refuses the whole file.
 */
export function parseKnownHosts(text: string, { secret, key, engine }: KnownHostsSource): KnownHosts {
  const candidates = text
    .split("\n")
    .map((line, index) => ({ text: trimmed(line, /[ \t\r\f\v]/), number: index + 1 }))
    .filter((line) => line.text !== "" && !line.text.startsWith("#"));
  const lines: KnownHost[] = [];
  const unreadable: (typeof candidates)[number][] = [];
  for (const candidate of candidates) {
    const line = parseLine(candidate.text);
    if (line) lines.push(line);
    else unreadable.push(candidate);
  }
  if (lines.length === 0) throw invalidValue({ name: secret }, key, nothingReadable(text));
  const starred = lines.filter(({ hosts }) => hosts.includes("*"));
  if (starred.reduce((sum, { hosts }) => sum + hosts.length, 0) > MAX_STARRED) {
    const fault = `has more than ${MAX_STARRED} characters of hosts with '*'. Keep the lines of this server`;
    throw invalidValue({ name: secret }, key, fault);
  }
  const [first] = unreadable;
  if (!first || engine === "cli") return { lines, unreadable: unreadable.length };
  throw invalidValue(
    { name: secret },
    key,
    `cannot be read in line ${first.number}${lineFault(first.text)}, and the exporter then refuses the whole file. ` +
      "Correct or remove the line",
  );
}

const AS_SCANNED = "Write lines as ssh-keyscan prints them";

function nothingReadable(text: string): string {
  const pasted = pastedFault(
    text,
    (decoded) => parseLine(decoded.split("\n", 1)[0]?.trim() ?? "") !== undefined,
  );
  if (pasted) return `${pasted}. ${AS_SCANNED}`;
  const [line = ""] = text.trim().split("\n", 1);
  return `has no valid line of known_hosts${lineFault(line)}. ${AS_SCANNED}`;
}

/** Texts that are stored instead of a line. */
const LINE_FAULTS: readonly [looks: RegExp, fault: string][] = [
  [/^(?:\S+ )?(?:SHA256:|MD5:|[0-9a-f]{2}(?::[0-9a-f]{2}){15})/i, " (a fingerprint instead of the key)"],
  [
    /^(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-\S+|sk-\S+) /,
    " (the name of the host is missing in front of the key)",
  ],
  [/^-----BEGIN /, " (it begins like a private key or a certificate)"],
  [/^\S+ (?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-\S+)$/, " (the key is missing after its type)"],
  [
    /^\S+ (?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-\S+) \S/,
    " (the key is cut off, or of another type than it says)",
  ],
  [/^[{["]/, " (JSON instead of lines)"],
  [/^(?:https?|ssh):\/\//, " (a URL instead of a key)"],
];

function lineFault(line: string): string {
  return LINE_FAULTS.find(([looks]) => looks.test(line))?.[1] ?? "";
}

/** The host to look up. */
export interface HostName {
  readonly host: string;
  readonly port: number;
  readonly engine: GitEngine;
}

/**
 * The lines about a host. Go's knownhosts compares host and port separately, where a name without a port means port 22,
 * and is case-sensitive: a host in capitals in the endpoint is not the name that ssh-keyscan prints. The
 * engine cli runs OpenSSH with HostKeyAlias, so that the plain name applies to every port.
 */
export function linesFor(known: KnownHosts, name: HostName): KnownHost[] {
  return known.lines.filter(({ hosts }) => isAbout(hosts, name));
}

/** The form of a host in known_hosts. OpenSSH looks it up in lower case, Go as written in the endpoint. */
export function lookupName({ host, port, engine }: HostName): string {
  if (engine === "cli") return host.toLowerCase();
  return port === 22 ? host : `[${host}]:${port}`;
}

const MARKERS = ["@revoked", "@cert-authority"] as const;

function parseLine(line: string): KnownHost | undefined {
  const fields = line.split(/[ \t]+/, 5);
  const marker = MARKERS.find((known) => known === fields[0]);
  if (marker) fields.shift();
  const [hosts = "", type = "", base64 = ""] = fields;
  if (hosts.startsWith("@") || !isBase64(base64)) return undefined;
  const key = Buffer.from(base64, "base64");
  if (keyType(key) !== type || !isWhole(key, type)) return undefined;
  return { ...(marker ? { marker } : {}), hosts, type, key };
}

/** A key begins with its type: four bytes of length, then the name (RFC 4253, section 6.6). */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length <= 64 && key.length > 4 + length
    ? key.toString("latin1", 4, 4 + length)
    : undefined;
}

/** Number of fields in the types of keys that Go's SSH library reads, including the type's name. */
const FIELDS: readonly [type: RegExp, fields: number][] = [
  [/^ssh-ed25519$/, 2],
  [/^(ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com)$/, 3],
  [/^sk-ecdsa-sha2-nistp256@openssh\.com$/, 4],
  [/^ssh-dss$/, 5],
];

/** Whether a key is complete and nothing follows it; certificates are not checked. */
function isWhole(key: Buffer, type: string): boolean {
  const wanted = FIELDS.find(([known]) => known.test(type))?.[1];
  if (wanted === undefined) return type.includes("-cert-");
  let at = 0;
  let fields = 0;
  while (at + 4 <= key.length && fields < wanted) {
    at += 4 + key.readUInt32BE(at);
    fields += 1;
  }
  return fields === wanted && at === key.length;
}

function isAbout(hosts: string, name: HostName): boolean {
  if (hosts.startsWith("|")) return isHashOf(hosts, lookupName(name));
  return name.engine === "cli"
    ? matchesPatterns(hosts.toLowerCase(), lookupName(name))
    : matchesPatterns(withPort(hosts, name.port), name.host);
}

/** The patterns of a list that apply to a port, without the port. */
function withPort(list: string, port: number): string {
  const hosts = list.split(",").map((pattern) => {
    const [, negation = "", bracketed, plain, written] =
      /^(!?)(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(pattern) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined) return port === 22 ? asInGo(pattern) : "";
    return written === String(port) ? asInGo(negation + host) : "";
  });
  return hosts.filter((host) => host !== "").join(",");
}

/** A star at the end of a pattern matches at least one character in Go's knownhosts, or none in OpenSSH. */
function asInGo(pattern: string): string {
  return pattern.replace(/(?<!\*)\*+$/, "?*");
}

/** `|1|salt|HMAC-SHA1(salt, name)`, both in base64 (ssh-keygen(1), option -H). */
function isHashOf(field: string, name: string): boolean {
  const [empty, version, salt = "", hash] = field.split("|", 5);
  if (empty !== "" || version !== "1") return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

/**
 * Whether a comma-separated list of patterns matches a host (ssh_config(5), "PATTERNS"): `*` matches any
 * text, `?` one character, and a leading `!` excludes hosts that the rest would include.
 */
export function matchesPatterns(list: string, name: string): boolean {
  const patterns = list.split(",");
  const excluded = patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), name));
  return !excluded && patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern, name));
}

/** Takes linear time for one star and at most the product of the lengths; a regular expression could take longer. */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  let star = -1;
  let afterStar = 0;
  while (inText < text.length) {
    if (pattern[at] === "*") {
      star = at;
      afterStar = inText;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[inText])) {
      at += 1;
      inText += 1;
    } else if (star >= 0) {
      afterStar += 1;
      inText = afterStar;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
