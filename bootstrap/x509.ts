import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { bits, explicit, implicit, integer, octets, oid, sequence, set, time, TRUE, utf8 } from "./der";

/** A certificate with its private key, in PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  /** DNS names and IP addresses; the first one is the subject's common name too. */
  readonly names: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** For a client instead of a server. */
  readonly client?: boolean;
}

export interface Authority {
  /** PEM, as it goes into `spec.tls.caBundle`. */
  readonly cert: string;
  issue(options: LeafOptions): Issued;
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));

/** Validity of a certificate. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A new certificate authority on P-256; takes milliseconds, so every test file may have its own. */
export function createAuthority(name = "Kollect Test CA", validity: Validity = aYear()): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cert = certificate({
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    ...validity,
    extensions: [
      extension("2.5.29.19", sequence(TRUE), true),
      // keyCertSign and cRLSign
      extension("2.5.29.15", bits(Buffer.from([0x06]), 1), true),
      subjectKeyIdentifier(keys.publicKey),
      authorityKeyIdentifier(keys.publicKey),
    ],
  });
  return { cert, issue: (options) => issue(options, name, keys) };
}

function aYear(): Validity {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 365 * DAY_MS) };
}

/** A certificate that is signed with its own key. */
export function selfSigned(names: readonly string[]): Issued {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return leaf({ names }, { keys, issuer: names[0] ?? "", authority: keys });
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function issue(options: LeafOptions, issuer: string, authority: KeyPair): Issued {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return leaf(options, { keys, issuer, authority });
}

function leaf(options: LeafOptions, by: { keys: KeyPair; issuer: string; authority: KeyPair }): Issued {
  const usage = options.client ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1";
  const cert = certificate({
    subject: options.names[0] ?? "",
    issuer: by.issuer,
    publicKey: by.keys.publicKey,
    signer: by.authority.privateKey,
    notBefore: options.notBefore ?? new Date(Date.now() - DAY_MS),
    notAfter: options.notAfter ?? new Date(Date.now() + 90 * DAY_MS),
    extensions: [
      extension("2.5.29.19", sequence(), true),
      // digitalSignature
      extension("2.5.29.15", bits(Buffer.from([0x80]), 7), true),
      extension("2.5.29.37", sequence(oid(usage))),
      extension("2.5.29.17", sequence(...options.names.map(generalName))),
      subjectKeyIdentifier(by.keys.publicKey),
      authorityKeyIdentifier(by.authority.publicKey),
    ],
  });
  return { cert, key: by.keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

interface CertificateParts {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280, section 4.1. */
function certificate(parts: CertificateParts): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    commonName(parts.issuer),
    sequence(time(parts.notBefore), time(parts.notAfter)),
    commonName(parts.subject),
    parts.publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...parts.extensions)),
  );
  const signature = sign("sha256", toBeSigned, parts.signer);
  return pem("CERTIFICATE", sequence(toBeSigned, ECDSA_WITH_SHA256, bits(signature)));
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(oid("2.5.4.3"), utf8(name))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [TRUE] : []), octets(value));
}

function subjectKeyIdentifier(publicKey: KeyObject): Buffer {
  return extension("2.5.29.14", octets(keyIdentifier(publicKey)));
}

/** Identifies the signing key if authorities share a name; strict verifiers refuse a certificate without it. */
function authorityKeyIdentifier(publicKey: KeyObject): Buffer {
  return extension("2.5.29.35", sequence(implicit(0, keyIdentifier(publicKey))));
}

/** Identifier of a key; any unique value is allowed (RFC 5280, section 4.2.1.2). */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const der = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha1").update(der).digest();
}

function generalName(name: string): Buffer {
  if (isIP(name) === 0) return implicit(2, Buffer.from(name));
  if (isIP(name) === 4) return implicit(7, Buffer.from(name.split(".").map(Number)));
  if (name === "::1") return implicit(7, Buffer.from([...new Array<number>(15).fill(0), 1]));
  throw new Error(`no certificate can be made for the address ${name}`);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
