import type { Authority } from "../../../lab/pki";

/** An authority as `spec.tls.caBundle` wants it, and in the forms that people give it instead. */
export function caValues({ cert }: Pick<Authority, "cert">): Record<string, string> {
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  return {
    ca: encoded(cert),
    caTwice: encoded(encoded(cert)),
    caJoined: encoded(cert.replaceAll("\n", "")),
    caBody: cert.split("\n").slice(1, -2).join(""),
  };
}
