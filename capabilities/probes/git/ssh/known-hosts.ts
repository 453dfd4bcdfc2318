import { createHmac } from "node:crypto";
import { invalidValue } from "../../secret-values";

/** One line of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  readonly marker?: "@revoked" | "@cert-authority";
  /** The line's first field: names with wildcards and negation, or one hashed name. */
  readonly hosts: string;
  /** `ssh-ed25519` and so on. */
  readonly type: string;
  /** The public key as it travels in the protocol. */
  readonly key: Buffer;
}

export interface KnownHosts {
  readonly lines: readonly KnownHost[];
  /** How many lines could not be read; OpenSSH passes over them too. */
  readonly unreadable: number;
}

/**
 * Reads the text of a known_hosts file. Throws `FailureError` `SecretValueInvalid` when no line of it can be
 * read.
 */
export function parseKnownHosts(
  text: string,
  source: { readonly secret: string; readonly key: string },
): KnownHosts {
  const candidates = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const lines = candidates.map(parseLine).filter((line) => line !== undefined);
  if (lines.length === 0) {
    throw invalidValue({ name: source.secret }, source.key, "holds no line of known_hosts that can be read");
  }
  return { lines, unreadable: candidates.length - lines.length };
}

/** The lines about a host. With a port other than 22 its name is written `[name]:port`. */
export function linesFor(
  known: KnownHosts,
  target: { readonly host: string; readonly port: number },
): KnownHost[] {
  const name = lookupName(target);
  return known.lines.filter(({ hosts }) => isAbout(hosts, name));
}

/** How known_hosts writes a host. */
export function lookupName({ host, port }: { readonly host: string; readonly port: number }): string {
  const lower = host.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

const MARKERS = ["@revoked", "@cert-authority"] as const;

function parseLine(line: string): KnownHost | undefined {
  const fields = line.split(/[ \t]+/, 5);
  const marker = MARKERS.find((known) => known === fields[0]);
  if (marker) fields.shift();
  const [hosts = "", type = "", base64 = ""] = fields;
  if (hosts.startsWith("@") || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, "base64");
  if (keyType(key) !== type) return undefined;
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

function isAbout(hosts: string, name: string): boolean {
  return hosts.startsWith("|") ? isHashOf(hosts, name) : matchesPatterns(hosts.toLowerCase(), name);
}

/** `|1|salt|HMAC-SHA1(salt, name)`, both in base64 (ssh-keygen(1), option -H). */
function isHashOf(field: string, name: string): boolean {
  const [empty, version, salt = "", hash] = field.split("|", 5);
  if (empty !== "" || version !== "1") return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

/**
 * Whether a comma-separated list of patterns names a host (ssh_config(5), "PATTERNS"): `*` stands for any
 * text, `?` for one character, and `!` in front excludes what the rest would include.
 */
export function matchesPatterns(list: string, name: string): boolean {
  const patterns = list.split(",");
  const excluded = patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), name));
  return !excluded && patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern, name));
}

/** In time linear in both for one star and never worse than their product; a regular expression could be. */
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
