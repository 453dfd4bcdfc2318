import { createPrivateKey, createPublicKey, sign } from "node:crypto";

/** Prefix bytes of nkeys (github.com/nats-io/nkeys, strkey.go). */
const SEED_PREFIX = 18 << 3;
const USER_PREFIX = 20 << 3;
const SEED_BYTES = 32;
const CRC_BYTES = 2;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** DER of an Ed25519 key around its 32 bytes: RFC 8410, section 7. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** A user's key pair. */
export interface UserKey {
  /** The public key in the form of servers, beginning with U. */
  readonly publicKey: string;
  /** Signature of the server's nonce, in base64url. */
  sign(nonce: string): string;
}

/** The key pair of a user's seed (`SU…`); undefined when the text is not a seed. */
export function userKey(seed: string): UserKey | undefined {
  const bytes = decode(seed);
  if (!bytes || bytes.length !== 2 + SEED_BYTES) return undefined;
  const [first = 0, second = 0] = bytes;
  const type = ((first & 0b111) << 5) | (second >> 3);
  if ((first & 0xf8) !== SEED_PREFIX || type !== USER_PREFIX) return undefined;
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, bytes.subarray(2)]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: encode(Buffer.concat([Buffer.from([USER_PREFIX]), spki.subarray(-SEED_BYTES)])),
    sign: (nonce) => sign(null, Buffer.from(nonce), key).toString("base64url"),
  };
}

/** Decodes base32 with a trailing checksum; undefined when either is wrong. */
function decode(text: string): Buffer | undefined {
  if (!/^[A-Z2-7]{1,128}$/.test(text)) return undefined;
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of text) {
    held = ((held << 5) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  const body = Buffer.from(bytes.slice(0, -CRC_BYTES));
  const [low = 0, high = 0] = bytes.slice(-CRC_BYTES);
  return bytes.length > CRC_BYTES && crc16(body) === (low | (high << 8)) ? body : undefined;
}

function encode(body: Buffer): string {
  const crc = crc16(body);
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of [...body, crc & 0xff, crc >> 8]) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

/** CRC-16/XMODEM: polynomial 0x1021, from zero. */
function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
