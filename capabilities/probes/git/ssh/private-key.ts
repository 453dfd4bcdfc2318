import type { JsonWebKey, KeyObject } from "node:crypto";
import keyParser from "ssh2/lib/protocol/keyParser.js";
import type { Secret } from "../../../domain/ports";
import { invalidValue, type SecretValue } from "../../secrets/secret-values";
import { pastedFault, pemKind } from "../../secrets/pasted-text";
import { MAX_RSA_BITS, readPrivateKey, type KeyFault } from "../../secrets/private-keys";

/** Types of keys that current SSH servers accept, by the SSH name of the public half. */
const KEY_TYPES = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/;

const ENCRYPTED = "is encrypted with a passphrase, which the exporter cannot enter. Store a key without one";
const UNREADABLE =
  "holds no private key that can be read. Store an ed25519, ecdsa or rsa key as ssh-keygen writes it";

/** Longest file that is parsed, in characters: far above that of an RSA key of {@link MAX_RSA_BITS}. */
const MAX_LENGTH = 16_384;
const TOO_LONG = `holds a private key of more than ${MAX_RSA_BITS} bits. Store an ed25519, ecdsa or shorter rsa key`;

/**
 * A private key in a form that the SSH client reads. Accepts OpenSSH's own format, and PEM as PKCS#1, SEC 1 and PKCS#8.
 * Throws `FailureError` `SecretValueInvalid`, which says what is wrong but never quotes the key.
 */
export function privateKey(secret: Secret, value: SecretValue): string {
  const text = value.text.trim();
  const read = isPkcs8(text) ? readPrivateKey(text) : undefined;
  if (typeof read === "string") throw invalidValue(secret, value.key, FAULTS[read]);
  const pem = read ? fromPkcs8(read) : text;
  if (pem === undefined) throw invalidValue(secret, value.key, UNREADABLE);
  const fault = faultOf(pem);
  if (fault !== undefined) throw invalidValue(secret, value.key, fault);
  return pem;
}

const FAULTS: Readonly<Record<KeyFault, string>> = { unreadable: UNREADABLE, tooLong: TOO_LONG };

function faultOf(pem: string): string | undefined {
  if (isEncryptedPem(pem)) return ENCRYPTED;
  const isPublic = /^(ssh-|ecdsa-)|-----BEGIN (SSH2 )?PUBLIC KEY-----/.test(pem);
  if (isPublic) return "holds a public key. Store the private one";
  const pasted = pastedFault(pem, (text) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----\s/.test(text));
  return pasted ?? formFault(pem) ?? (pem.startsWith("-----BEGIN ") ? parsedFault(pem) : UNREADABLE);
}

/** Texts that are stored instead of a private key, and common damage to one. */
const FORM_FAULTS: readonly [looksLike: (text: string) => boolean, fault: string][] = [
  [
    (text) => text.startsWith("PuTTY-User-Key-File-"),
    "holds a key in PuTTY's format. Convert it: puttygen KEY.ppk -O private-openssh -o KEY",
  ],
  [
    (text) => /^(?:~|\.{0,2})\/\S*$/.test(text),
    "holds the path of a file. Store the file's content, as kubectl create secret --from-file does",
  ],
  [
    (text) => /^(?:<[^<>]*>|\$\{?\w+\}?|\{\{.*\}\})$/.test(text),
    "holds a placeholder. Store the key instead",
  ],
  [
    (text) => /^(?:b3BlbnNzaC1rZXktdjE|MII[A-Za-z0-9+/]{20})/.test(text),
    "lacks the lines -----BEGIN and -----END of a private key. Store the whole file",
  ],
  [
    (text) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----[^\n]*$/.test(text),
    "holds a private key whose lines are joined. Keep its line ends",
  ],
  [
    (text) =>
      /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) && !/-----END [A-Z ]*PRIVATE KEY-----/.test(text),
    "holds a private key that is cut off: its line -----END is missing. Store the whole file",
  ],
  [
    (text) => /^-----BEGIN /.test(text) && /\n[ \t]+[^\s-]/.test(text) && /\n[ \t]+-----END/.test(text),
    "holds a private key with white space in front of its lines. Remove it",
  ],
];

function formFault(text: string): string | undefined {
  const kind = pemKind(text);
  if (kind !== undefined && kind !== "a private key") return `holds ${kind}. Store the private key`;
  return FORM_FAULTS.find(([looksLike]) => looksLike(text))?.[1];
}

function parsedFault(pem: string): string | undefined {
  // Before ssh2 reads it, which computes with the numbers of the file.
  if (pem.length > MAX_LENGTH) return TOO_LONG;
  const parsed = keyParser.parseKey(pem);
  if (parsed instanceof Error) return /passphrase/.test(parsed.message) ? ENCRYPTED : UNREADABLE;
  const [key] = Array.isArray(parsed) ? parsed : [parsed];
  if (!key?.isPrivateKey()) return UNREADABLE;
  if (!KEY_TYPES.test(key.type)) return "holds a key of a type that servers no longer accept. Use ed25519";
  const read = readPrivateKey(key.getPrivatePEM());
  return typeof read === "string" ? FAULTS[read] : undefined;
}

function isPkcs8(text: string): boolean {
  return text.startsWith("-----BEGIN PRIVATE KEY-----");
}

/** Whether a PEM form is marked as encrypted; OpenSSH's own format has the mark in its encoded content. */
function isEncryptedPem(text: string): boolean {
  return text.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----") || /^Proc-Type: 4,ENCRYPTED/m.test(text);
}

/** Converts PKCS#8, which Node reads and the SSH client does not, into a form that the client reads. */
function fromPkcs8(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString().trim();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString().trim();
  return key.asymmetricKeyType === "ed25519" ? opensshKey(key).trim() : undefined;
}

const ED25519 = "ssh-ed25519";
/** Block size of OpenSSH's format without a cipher, in bytes. */
const BLOCK_BYTES = 8;

/**
 * An ed25519 private key in OpenSSH's own format, the only one in which SSH clients read this type
 * (PROTOCOL.key in OpenSSH's sources). Without passphrase and comment.
 */
function opensshKey(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" }) as JsonWebKey;
  const publicKey = Buffer.from(x, "base64url");
  const seed = Buffer.from(d, "base64url");
  // Two equal numbers distinguish a right passphrase from a wrong one; without a passphrase any value works.
  const check = Buffer.alloc(8);
  const secret = padded(
    Buffer.concat([
      check,
      textField(ED25519),
      field(publicKey),
      field(Buffer.concat([seed, publicKey])),
      textField(""),
    ]),
  );
  const publicPart = field(Buffer.concat([textField(ED25519), field(publicKey)]));
  const all = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    textField("none"),
    textField("none"),
    textField(""),
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

function textField(value: string): Buffer {
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
