import { createHash } from "node:crypto";
import { failed } from "../../../domain/failure";
import { quoted } from "../../messages";
import { keyType, linesFor, lookupName, type HostName, type KnownHost } from "./known-hosts";
import type { SshPlan } from "../plan";

/**
 * Signature algorithms for the handshake, by type of known key. RSA without SHA-1, as in OpenSSH since 8.8.
 * Types that are missing (certificates, hardware keys, DSA) cannot be verified here.
 */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/**
 * The order of `defaultHostKeyAlgos` in Go's SSH library. go-git offers it whatever known_hosts contains, because the
 * exporter sets a callback for host keys and no algorithms. So a server with keys of several types shows the first of
 * these types, and a known ed25519 key does not help if the server also has an unknown ecdsa key.
 * Source: golang.org/x/crypto 0.55.0, ssh/common.go and newClientTransport; go-git 5.19.2, ssh/common.go.
 */
const GO_ORDER = [
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-256",
  "rsa-sha2-512",
  "ssh-ed25519",
] as const;

/** Certificates, which Go's SSH library requests before any key, from the same list. */
const GO_CERTIFICATE =
  /^(?:ssh-(?:rsa|dss|ed25519)|rsa-sha2-(?:256|512)|ecdsa-sha2-nistp(?:256|384|521))-cert-v01@openssh\.com$/;

/**
 * Whether the exporter verifies a certificate of the server instead of the key that a probe sees. Such a server shows
 * it to go-git whatever known_hosts contains; OpenSSH requests it only if known_hosts has an authority for the host.
 * @param offered the host key algorithms that the server offers
 */
export function showsCertificate(plan: SshPlan, offered: readonly string[]): boolean {
  return (
    plan.engine === "go-git" && plan.verifiesHostKey && offered.some((name) => GO_CERTIFICATE.test(name))
  );
}

/**
 * The host key algorithms to offer. For OpenSSH, which the engine cli runs, those for which known_hosts has keys, so
 * that a server with several keys shows a known one. All of them when none is known: then the server's key is refused,
 * and the message shows its fingerprint.
 */
export function hostKeyAlgorithms(plan: SshPlan): string[] {
  if (plan.engine === "go-git") return [...GO_ORDER];
  const types = new Set(plainLines(plan).map(({ type }) => type));
  const usable = Object.entries(ALGORITHMS).filter(([type]) => types.has(type));
  return (usable.length > 0 ? usable : Object.entries(ALGORITHMS)).flatMap(([, algorithms]) => algorithms);
}

/**
 * Undefined when known_hosts contains the key or the sink turns verification off; otherwise the failure:
 * `HostKeyUnknown`, `HostKeyMismatch`.
 * @param offered the host key algorithms that the server offers
 */
export function hostKeyFailure(plan: SshPlan, key: Buffer, offered: readonly string[]): Error | undefined {
  if (!plan.verifiesHostKey) return undefined;
  const lines = about(plan);
  const isThisKey = (line: KnownHost): boolean => line.key.equals(key);
  const shown = `${shownType(key)} ${fingerprint(key)}`;
  if (revokedLines(plan, lines).some(isThisKey)) {
    return failed(
      "HostKeyMismatch",
      `${plan.endpoint} shows the host key ${shown}, which known_hosts of Secret ${plan.secret} revokes. ` +
        "Do not trust this server before its administrator explains it.",
    );
  }
  if (showsCertificate(plan, offered) && !hasAuthority(lines)) return certificateUnknown(plan);
  const plain = plainLines(plan);
  // Go's knownhosts also accepts the key of an authority as the host's own.
  const believed = plan.engine === "go-git" ? lines.filter(({ marker }) => marker !== "@revoked") : plain;
  if (believed.some(isThisKey)) return undefined;
  return plain.some(({ type }) => type === keyType(key)) ? mismatch(plan, shown) : unknown(plan, shown);
}

/** The server chooses the type's name, so only types that can be verified here are shown. */
function shownType(key: Buffer): string {
  const type = keyType(key) ?? "";
  return Object.hasOwn(ALGORITHMS, type) ? type : "of another type,";
}

/** Go's knownhosts treats a revoked key as revoked for all hosts, OpenSSH for the hosts of its line. */
function revokedLines({ credentials, engine }: SshPlan, about: readonly KnownHost[]): KnownHost[] {
  const lines = engine === "cli" ? about : (credentials.knownHosts?.lines ?? []);
  return lines.filter(({ marker }) => marker === "@revoked");
}

/** The algorithm of RSA signatures with SHA-1 (RFC 4253); RFC 8332 defines its successors. */
const SHA1_RSA = "ssh-rsa";

/**
 * The failure for a server without a host key of the types that known_hosts has for it.
 * @param offered the host key algorithms that the server offers
 */
export function noKnownKeyType(plan: SshPlan, offered: readonly string[]): Error {
  const types = [...new Set(plainLines(plan).map(({ type }) => type))];
  const isSha1Only = offered.includes(SHA1_RSA) && !offered.some((name) => name.startsWith("rsa-sha2-"));
  if (
    isSha1Only &&
    (types.includes(SHA1_RSA) ||
      offered.every((name) => !Object.hasOwn(ALGORITHMS, name) || name === SHA1_RSA))
  ) {
    return failed(
      "ProtocolError",
      `${plan.endpoint} signs with its RSA host key only with SHA-1 (algorithm ssh-rsa), which is no longer safe. ` +
        "Update the server so that it offers rsa-sha2-256 or rsa-sha2-512, or give it an ed25519 host key.",
    );
  }
  const known = types.length > 0 ? `only ${quoted(types.join(", "))}` : "no key";
  return failed(
    "HostKeyUnknown",
    `${plan.endpoint} offers no host key of a type that known_hosts of Secret ${plan.secret} has for it (${known}). ` +
      "Add the server's other host keys there; OpenSSH's ssh-keyscan prints them. Compare their fingerprints first.",
  );
}

function nameOf({ at: { host, port }, engine }: SshPlan): HostName {
  return { host, port, engine };
}

function about(plan: SshPlan): KnownHost[] {
  const { knownHosts } = plan.credentials;
  return knownHosts ? linesFor(knownHosts, nameOf(plan)) : [];
}

function hasAuthority(lines: readonly KnownHost[]): boolean {
  return lines.some(({ marker }) => marker === "@cert-authority");
}

function plainLines(plan: SshPlan): KnownHost[] {
  return about(plan).filter(({ marker }) => marker === undefined);
}

function mismatch(plan: SshPlan, shown: string): Error {
  return failed(
    "HostKeyMismatch",
    `${plan.endpoint} shows the host key ${shown}, and known_hosts of Secret ${plan.secret} has another one of this type. ` +
      "Another machine may answer, or the server has a new key: ask its administrator, then correct known_hosts.",
  );
}

function unknown(plan: SshPlan, shown: string): Error {
  return failed(
    "HostKeyUnknown",
    `${plan.endpoint} shows the host key ${shown}, and ${whyUnknown(plan)} ` +
      "Compare the fingerprint with the one that the server's administrator publishes, then add the key.",
  );
}

function certificateUnknown(plan: SshPlan): Error {
  const shown = quoted(lookupName(nameOf(plan)));
  return failed(
    "HostKeyUnknown",
    `${plan.endpoint} has a host certificate, which go-git requests before any key, and known_hosts of Secret ` +
      `${plan.secret} has no @cert-authority line for ${shown}. Add one with the public key of the certificate's ` +
      "authority, and the host's key beside it.",
  );
}

function whyUnknown(plan: SshPlan): string {
  const { credentials, secret } = plan;
  const { knownHosts } = credentials;
  if (!knownHosts) return `Secret ${secret} has no key known_hosts to verify it with.`;
  const name = nameOf(plan);
  const shown = quoted(lookupName(name));
  if (hasAuthority(about(plan))) {
    return `known_hosts of Secret ${secret} has only a @cert-authority line for ${shown}, which probes cannot verify.`;
  }
  if (name.engine === "cli") {
    if (linesFor(knownHosts, { ...name, engine: "go-git" }).length > 0) {
      return `known_hosts of Secret ${secret} names the host with its port: the engine cli looks for ${shown}.`;
    }
  } else if (name.port !== 22 && linesFor(knownHosts, { ...name, port: 22 }).length > 0) {
    return `known_hosts of Secret ${secret} names the host without its port: write ${shown}.`;
  }
  const types = [...new Set(plainLines(plan).map(({ type }) => type))];
  if (types.length > 0) {
    return `known_hosts of Secret ${secret} has only ${quoted(types.join(", "))} for it, which go-git does not prefer.`;
  }
  const skipped = knownHosts.unreadable > 0 ? ` (${knownHosts.unreadable} of its lines cannot be read)` : "";
  return `known_hosts of Secret ${secret} does not have it for ${shown}${skipped}.`;
}

/** As ssh-keygen -l prints it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
