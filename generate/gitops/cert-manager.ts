import { serverNames } from "../../bootstrap/credentials";
import { labelled, namespaced, NAMES, type KubeObject } from "./objects";

const API = "cert-manager.io/v1";
const AUTHORITY = `${NAMES.operator}-ca`;
const TEN_YEARS = "87600h";

/** Makes cert-manager's injector write the CA into a webhook configuration. */
export const INJECT_CA = { "cert-manager.io/inject-ca-from": `${NAMES.namespace}/${NAMES.tls}` } as const;

/** An authority for this installation, and the webhooks' certificate, which cert-manager issues and renews. */
export function certificates(): KubeObject[] {
  const selfSigned = `${NAMES.operator}-self-signed`;
  const privateKey = { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" };
  const issuedBy = (name: string): object => ({ name, kind: "Issuer", group: "cert-manager.io" });
  return [
    { ...namespaced(API, "Issuer", selfSigned), spec: { selfSigned: {} } },
    {
      ...namespaced(API, "Certificate", AUTHORITY),
      spec: {
        isCA: true,
        commonName: "Kollect connection test CA",
        secretName: AUTHORITY,
        duration: TEN_YEARS,
        privateKey: { ...privateKey, rotationPolicy: "Never" },
        issuerRef: issuedBy(selfSigned),
      },
    },
    { ...namespaced(API, "Issuer", AUTHORITY), spec: { ca: { secretName: AUTHORITY } } },
    {
      ...namespaced(API, "Certificate", NAMES.tls),
      spec: {
        secretName: NAMES.tls,
        dnsNames: serverNames(NAMES.operator, NAMES.namespace),
        usages: ["digital signature", "key encipherment", "server auth"],
        privateKey,
        issuerRef: issuedBy(AUTHORITY),
      },
    },
  ].map((object) => labelled(object));
}
