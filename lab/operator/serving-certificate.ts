import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A private key and a certificate for it, in PEM. The certificate vouches for itself, so it is also the CA bundle. */
export interface ServingCertificate {
  readonly key: string;
  readonly certificate: string;
}

const HOUR_MS = 3_600_000;
const OID = {
  commonName: [0x55, 0x04, 0x03],
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  subjectAltName: [0x55, 0x1d, 0x11],
} as const;

/**
 * A certificate for the loopback interface, valid from an hour before `now` for a day. Pepr's own certificate names
 * the Service of its Deployment, which nothing resolves outside a cluster. DER as in RFC 5280.
 */
export function servingCertificate(now: Date): ServingCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(oid(OID.commonName), der(0x0c, Buffer.from("kollect-operator")))));
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const validity = sequence(time(now.getTime() - HOUR_MS), time(now.getTime() + 24 * HOUR_MS));
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(oid(OID.subjectAltName), der(0x04, alternativeNames())))),
  );
  const signature = sign("sha256", content, privateKey);
  const certificate = sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, certificate: toPem(certificate) };
}

function alternativeNames(): Buffer {
  return sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])));
}

function der(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...members: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(members));
}

function set(member: Buffer): Buffer {
  return der(0x31, member);
}

function oid(encoded: readonly number[]): Buffer {
  return der(0x06, Buffer.from(encoded));
}

/** UTCTime, which is what RFC 5280 wants for years before 2050. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function toPem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
