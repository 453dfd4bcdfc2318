import { createHmac, randomBytes, type JsonWebKey, type KeyObject } from "node:crypto";
import { utils } from "ssh2";

export type SshKeyPair = ReturnType<typeof utils.generateKeyPairSync>;

/** A new key pair in OpenSSH's format; the public half as in authorized_keys. */
export function keyPair(
  type: "ed25519" | "ecdsa-256" | "ecdsa-384" | "ecdsa-521" | "rsa" = "ed25519",
): SshKeyPair {
  if (type === "ed25519") return ed25519Pair();
  if (type === "rsa") return utils.generateKeyPairSync("rsa", { bits: 2048 });
  return utils.generateKeyPairSync("ecdsa", { bits: Number(type.slice(6)) as 256 | 384 | 521 });
}

/** ssh2 leaves out a leading zero of the public half, and so writes one key in 256 that cannot be read. */
function ed25519Pair(): SshKeyPair {
  const pair = utils.generateKeyPairSync("ed25519");
  return utils.parseKey(pair.private) instanceof Error ? ed25519Pair() : pair;
}

/** A line of authorized_keys for the private key. */
export function authorizedKey(key: KeyObject): string {
  if (key.asymmetricKeyType === "ed25519") {
    // Its type and 32 bytes, each behind its length (RFC 8709, section 4).
    const { x = "" } = key.export({ format: "jwk" }) as JsonWebKey;
    const head = Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1");
    return `ssh-ed25519 ${Buffer.concat([head, Buffer.from(x, "base64url")]).toString("base64")}`;
  }
  const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  const parsed = utils.parseKey(key.export({ type: type as "pkcs1", format: "pem" }));
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}

/** A line of known_hosts. */
export function knownHost(name: string, key: SshKeyPair, marker?: "@revoked" | "@cert-authority"): string {
  return `${marker ? `${marker} ` : ""}${name} ${key.public.trim()}\n`;
}

/** As `ssh-keygen -H` writes a name. */
export function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}
