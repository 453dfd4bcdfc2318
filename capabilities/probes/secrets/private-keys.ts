import { createPrivateKey, type KeyObject } from "node:crypto";

/** Longest RSA modulus, in bits. Go's TLS accepts no longer one, and a signature takes time with its third power. */
export const MAX_RSA_BITS = 8192;
/** Longest encoding of a key, in bytes: twice that of RSA with {@link MAX_RSA_BITS}. */
const MAX_KEY_BYTES = 10_240;

/** Why a private key is not used. */
export type KeyFault = "unreadable" | "tooLong";

type Form = "pkcs8" | "pkcs1" | "sec1";
const FORMS: Readonly<Record<string, Form>> = {
  "PRIVATE KEY": "pkcs8",
  "RSA PRIVATE KEY": "pkcs1",
  "EC PRIVATE KEY": "sec1",
};

const BLOCK = /(?:^|\n)-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----[ \t\r]*\n([^-]*)-----END \1-----/;

/**
 * The first private key of a PEM text, without a passphrase: RSA, a named elliptic curve, Ed25519 or Ed448. It is
 * checked before OpenSSL reads it, because the work of reading and using a key has no bound: a DSA key in PKCS#8 lacks
 * its public half, which OpenSSL computes from numbers of any length, and an RSA signature with 32,768 bits blocks
 * the process for ten seconds. OpenSSL only gets the checked bytes, so that it cannot find another key in the text.
 */
export function readPrivateKey(text: string): KeyObject | KeyFault {
  const [, label = "", body = ""] = BLOCK.exec(text) ?? [];
  const form = Object.hasOwn(FORMS, label) ? FORMS[label] : undefined;
  const base64 = body.replace(/\s+/g, "");
  if (form === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return "unreadable";
  const der = Buffer.from(base64, "base64");
  if (der.length > MAX_KEY_BYTES) return "tooLong";
  return CHECKS[form](der) ?? keyOf(der, form);
}

function keyOf(der: Buffer, form: Form): KeyObject | KeyFault {
  try {
    const key = createPrivateKey({ key: der, format: "der", type: form });
    const { asymmetricKeyType, asymmetricKeyDetails } = key;
    // Parameters of a curve that is not named are numbers of the key's author, and Go does not read such a key.
    return asymmetricKeyType === "ec" && !asymmetricKeyDetails?.namedCurve ? "unreadable" : key;
  } catch {
    return "unreadable";
  }
}

/** Object identifiers of algorithms, in hexadecimal. */
const RSA = ["2a864886f70d010101", "2a864886f70d01010a"];
const CURVES = ["2a8648ce3d0201", "2b6570", "2b6571"];

const CHECKS: Readonly<Record<Form, (der: Buffer) => KeyFault | undefined>> = {
  pkcs8: (der) => {
    const [, algorithm, key] = elements(inner(der, SEQUENCE)) ?? [];
    const [name] = elements(contentOf(algorithm, SEQUENCE)) ?? [];
    const id = contentOf(name, OBJECT_IDENTIFIER)?.toString("hex") ?? "";
    if (RSA.includes(id)) return rsaFault(inner(contentOf(key, OCTET_STRING), SEQUENCE));
    return CURVES.includes(id) ? undefined : "unreadable";
  },
  pkcs1: (der) => rsaFault(inner(der, SEQUENCE)),
  sec1: () => undefined,
};

/** The numbers of an RSA key (RFC 8017, appendix A.1.2); each may be as long as the modulus. */
function rsaFault(content: Buffer | undefined): KeyFault | undefined {
  const numbers = elements(content);
  if (!numbers || numbers.some(({ tag }) => tag !== INTEGER)) return "unreadable";
  // A leading zero byte marks a positive number.
  return numbers.some(({ content: { length } }) => length > MAX_RSA_BITS / 8 + 1) ? "tooLong" : undefined;
}

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** The content of a DER text that is one element with the tag. */
function inner(der: Buffer | undefined, tag: number): Buffer | undefined {
  const [only, ...others] = elements(der) ?? [];
  return others.length === 0 ? contentOf(only, tag) : undefined;
}

function contentOf(element: Element | undefined, tag: number): Buffer | undefined {
  return element?.tag === tag ? element.content : undefined;
}

/** The elements of a DER text; undefined when it is not DER. */
function elements(der: Buffer | undefined): Element[] | undefined {
  if (!der) return undefined;
  const found: Element[] = [];
  let at = 0;
  while (at < der.length) {
    const start = at + headLength(der, at);
    const end = start + contentLength(der, at);
    if (!(end <= der.length)) return undefined;
    found.push({ tag: der[at] ?? 0, content: der.subarray(start, end) });
    at = end;
  }
  return found;
}

/** Bytes of tag and length. */
function headLength(der: Buffer, at: number): number {
  const first = der[at + 1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}

/** NaN for a length that is missing, has no end or does not fit into three bytes. */
function contentLength(der: Buffer, at: number): number {
  const first = der[at + 1] ?? NaN;
  if (!(first >= 0x80)) return first;
  const bytes = first & 0x7f;
  return bytes >= 1 && bytes <= 3 && at + 2 + bytes <= der.length ? der.readUIntBE(at + 2, bytes) : NaN;
}
