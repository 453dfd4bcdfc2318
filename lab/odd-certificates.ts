import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { bits, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from "../bootstrap/der";
import type { Issued } from "./pki";

/** What the tests' authority does not issue. */
export interface OddCertificate {
  /** A key on an Edwards curve, on P-256, or RSA; it signs the certificate too. */
  readonly key: "ed25519" | "P-256" | "rsa";
  readonly commonName: string;
  /** DNS name among the alternative names; absent for a certificate that has none, only a common name. */
  readonly alternativeName?: string;
}

const DAY_MS = 86_400_000;
const ALGORITHMS = {
  ed25519: oid("1.3.101.112"),
  "P-256": oid("1.2.840.10045.4.3.2"),
  rsa: oid("1.2.840.113549.1.1.11"),
};

/** A self-signed certificate (RFC 5280, section 4.1; RFC 8410 for Ed25519). */
export function oddCertificate({ key, commonName, alternativeName }: OddCertificate): Issued {
  const keys = keyPair(key);
  const algorithm = sequence(ALGORITHMS[key]);
  const name = sequence(set(sequence(oid("2.5.4.3"), utf8(commonName))));
  const names = alternativeName === undefined ? [] : [implicit(2, Buffer.from(alternativeName))];
  const extensions = names.length === 0 ? [] : [sequence(oid("2.5.29.17"), octets(sequence(...names)))];
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(new Date(Date.now() - DAY_MS)), time(new Date(Date.now() + 90 * DAY_MS))),
    name,
    keys.publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))]),
  );
  const signature = sign(key === "ed25519" ? null : "sha256", toBeSigned, keys.privateKey);
  return {
    cert: pem(sequence(toBeSigned, algorithm, bits(signature))),
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function keyPair(key: OddCertificate["key"]): { publicKey: KeyObject; privateKey: KeyObject } {
  if (key === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return key === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: key });
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
