import type { JsonWebKey, KeyObject } from "node:crypto";

const TYPE = "ssh-ed25519";
/** The size of what a cipher encrypts at once when there is none. */
const BLOCK_BYTES = 8;

/**
 * An ed25519 private key in OpenSSH's own format, the only one in which SSH clients read this type
 * (PROTOCOL.key in OpenSSH's sources). Without passphrase and comment.
 */
export function opensshKey(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" }) as JsonWebKey;
  const publicKey = Buffer.from(x, "base64url");
  const seed = Buffer.from(d, "base64url");
  // Two equal numbers tell a right passphrase from a wrong one; without passphrase any do.
  const check = Buffer.alloc(8);
  const secret = padded(
    Buffer.concat([check, text(TYPE), field(publicKey), field(Buffer.concat([seed, publicKey])), text("")]),
  );
  const publicPart = field(Buffer.concat([text(TYPE), field(publicKey)]));
  const all = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    text("none"),
    text("none"),
    text(""),
    uint32(1),
    publicPart,
    field(secret),
  ]);
  const lines = all.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function padded(bytes: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES;
  return Buffer.concat([bytes, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))]);
}

function text(value: string): Buffer {
  return field(Buffer.from(value));
}

function field(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
