export {
  createAuthority,
  selfSigned,
  type Authority,
  type Issued,
  type LeafOptions,
} from "../bootstrap/x509";

/** `spec.tls` that trusts these certificates. */
export function trusting(pem: string): { caBundle: string } {
  return { caBundle: Buffer.from(pem).toString("base64") };
}
