import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trusting } from "../../../lab/backends/mongodb";
import { createAuthority } from "../../../lab/pki";
import type { TruthRow } from "../../../lab/truth/row";
import { row, type Change, type Scene } from "./scene";

type Tls = Change["tlsOf"];

const secured: Change["at"] = ({ ferretdb }) => ({ host: "localhost", port: ferretdb.tlsPort });
const ca: Tls = ({ authority }) => trusting(authority.cert);
const otherCa: Tls = () => trusting(createAuthority("Another CA").cert);
const skip: Tls = () => ({ insecureSkipVerify: true });
const empty: Tls = () => ({});

/** At the TLS port, with more options and `spec.tls`. */
function at(options: string, tlsOf?: Tls, more: Change = {}): Change {
  return { at: secured, query: `authSource=app${options}`, ...(tlsOf ? { tlsOf } : {}), ...more };
}

/** At the plain port. */
function plain(options: string, tlsOf?: Tls): Change {
  return { query: `authSource=app${options}`, ...(tlsOf ? { tlsOf } : {}) };
}

const folder = mkdtempSync(join(tmpdir(), "kollect-truth-"));

/** Names a file of the exporter's pod, which is there with the authority. */
function withFile(option: string, more: Change = {}): Change {
  const file = join(folder, "ca.crt");
  return at("", undefined, {
    uri: (uri, { authority }) => {
      writeFileSync(file, authority.cert);
      return `${uri}&${option}=${encodeURIComponent(file)}`;
    },
    ...more,
  });
}

const caSecret = (values: (scene: Scene) => Record<string, string>): Change => ({
  tls: { caSecretRef: { name: "ca" } },
  secrets: (scene) => ({ ca: values(scene) }),
});

const mutual: Change["at"] = (scene) => ({ host: "localhost", port: scene.mutual.tlsPort });
const withCertificate: Change["secret"] = (uri, { client }) => ({
  uri,
  "tls.crt": client.cert,
  "tls.key": client.key,
});
const nameless: Change["at"] = (scene) => ({ host: "localhost", port: scene.nameless.tlsPort });

/** How the options about TLS, `spec.tls`, files of the exporter's pod and client certificates come together. */
export const TLS: readonly TruthRow<Scene>[] = [
  row("tls-in-uri", "TLS server of a private CA, tls=true, no CA", "C", at("&tls=true")),
  row("tls-spec-ca", "tls=true, spec.tls.caBundle", "C", at("&tls=true", ca)),
  row("tls-spec-wrong-ca", "tls=true, spec.tls.caBundle of another CA", "C", at("&tls=true", otherCa)),
  row("tls-spec-skip", "tls=true, insecureSkipVerify", "C", at("&tls=true", skip)),
  row("tls-spec-alone", "no tls=, spec.tls.caBundle", "C", at("", ca)),
  row("tls-spec-skip-alone", "no tls=, insecureSkipVerify", "C", at("", skip)),
  row("tls-plain-text", "no tls= at a server that speaks TLS", "C", at("")),
  row("tls-caref", "tls=true, spec.tls.caSecretRef", "C", {
    ...at("&tls=true"),
    ...caSecret(({ authority }) => ({ "ca.crt": authority.cert })),
  }),
  row("tls-caref-empty", "tls=true, caSecretRef without a known key", "C", {
    ...at("&tls=true"),
    ...caSecret(() => ({ other: "x" })),
  }),
  row("tls-caref-first-empty", "tls=true, caSecretRef whose first key is empty", "C", {
    ...at("&tls=true"),
    ...caSecret(({ authority }) => ({ "tls.crt": "", "ca.crt": authority.cert })),
  }),
  row("tls-ssl", "ssl=true, no CA", "C", at("&ssl=true")),
  row(
    "tls-both-equal",
    "tls=true and ssl=true, tlsInsecure=true",
    "C",
    at("&tls=true&ssl=true&tlsInsecure=true"),
  ),
  row("tls-both-differ", "tls=true and ssl=false", "C", plain("&tls=true&ssl=false")),
  row("tls-invalid", "tls=yes", "C", plain("&tls=yes")),
  row("tls-insecure", "tls=true, tlsInsecure=true", "C", at("&tls=true&tlsInsecure=true")),
  row("tls-insecure-ssl", "ssl=true, sslInsecure=true", "C", at("&ssl=true&sslInsecure=true")),
  row(
    "tls-insecure-wrong-ca",
    "tlsInsecure=true, caBundle of another CA",
    "C",
    at("&tls=true&tlsInsecure=true", otherCa),
  ),
  row("tls-insecure-alone", "tlsInsecure=true without tls, plain server", "C", plain("&tlsInsecure=true")),
  row(
    "tls-allow-certificates",
    "tlsAllowInvalidCertificates=true, which the driver ignores",
    "C",
    at("&tls=true&tlsAllowInvalidCertificates=true"),
  ),
  row("tls-allow-names", "tlsAllowInvalidHostnames=true, which the driver ignores", "U", {
    ...withFile("tlsCAFile", { at: ({ ferretdb }) => ({ host: "127.0.0.1", port: ferretdb.tlsPort }) }),
  }),
  row(
    "tls-ocsp",
    "tlsDisableOCSPEndpointCheck turns TLS on",
    "C",
    plain("&tlsDisableOCSPEndpointCheck=true"),
  ),
  row(
    "tls-ocsp-insecure",
    "tlsInsecure with tlsDisableOCSPEndpointCheck",
    "C",
    at("&tlsInsecure=true&tlsDisableOCSPEndpointCheck=true&tls=true"),
  ),
  row("plain-tls", "tls=true at a plain server", "C", plain("&tls=true")),
  row("plain-spec-empty", "plain server, tls: {}", "C", plain("", empty)),
  row("plain-spec-ca", "plain server, spec.tls.caBundle", "C", plain("", ca)),
  row("plain-spec-skip", "plain server, insecureSkipVerify", "C", plain("", skip)),
  row("plain-spec-ca-off", "plain server, tls=false, spec.tls.caBundle", "C", plain("&tls=false", ca)),
  row("plain-cabundle-garbage", "plain server, caBundle is not PEM", "C", {
    tls: { caBundle: Buffer.from("no certificate").toString("base64") },
  }),
  row("file", "tlsCAFile names a file of the pod", "U", withFile("tlsCAFile")),
  row(
    "file-old-name",
    "sslCertificateAuthorityFile names a file of the pod",
    "U",
    withFile("sslCertificateAuthorityFile"),
  ),
  row(
    "file-and-ca",
    "tlsCAFile names a file of the pod, and caBundle",
    "U",
    withFile("tlsCAFile", { tlsOf: ca }),
  ),
  row("file-missing", "tlsCAFile names a file that the pod lacks", "U", at("&tlsCAFile=/nope/ca.crt")),
  row(
    "file-missing-ca",
    "tlsCAFile names a file that the pod lacks, and caBundle",
    "U",
    at("&tlsCAFile=/nope/ca.crt", ca),
  ),
  row(
    "file-off",
    "tlsCAFile before tls=false, plain server",
    "C",
    plain("&tlsCAFile=/nope/ca.crt&tls=false"),
  ),
  row(
    "file-key-missing",
    "tlsCertificateKeyFile names a file that the pod lacks",
    "U",
    at("&tlsInsecure=true&tlsCertificateKeyFile=/nope/c.pem"),
  ),
  row(
    "file-key-alone",
    "tlsCertificateFile without tlsPrivateKeyFile",
    "C",
    at("&tlsCertificateFile=/nope/c.crt"),
  ),
  row(
    "name-mismatch",
    "a name that the certificate lacks",
    "C",
    at("&tls=true", ca, {
      at: ({ ferretdb }) => ({ host: "127.0.0.1", port: ferretdb.tlsPort }),
    }),
  ),
  row(
    "nameless",
    "certificate with a common name only",
    "C",
    at("&tls=true", (scene) => trusting(scene.namelessCertificate.cert), { at: nameless }),
  ),
  row(
    "nameless-insecure",
    "certificate with a common name only, tlsInsecure=true",
    "C",
    at("&tls=true&tlsInsecure=true", undefined, { at: nameless }),
  ),
  row(
    "client-certificate",
    "server wants a client certificate, which is in the Secret",
    "C",
    at("&tls=true&tlsInsecure=true", undefined, { at: mutual, secret: withCertificate }),
  ),
  row(
    "client-certificate-none",
    "server wants a client certificate, and there is none",
    "C",
    at("&tls=true&tlsInsecure=true", undefined, { at: mutual }),
  ),
  row(
    "client-certificate-unused",
    "client certificate in the Secret, and nothing asks for it",
    "C",
    at("&tls=true&tlsInsecure=true", undefined, { secret: withCertificate }),
  ),
  row("client-certificate-plain", "client certificate in the Secret, plain server", "C", {
    secret: withCertificate,
  }),
  row("x509", "authMechanism=MONGODB-X509 with the certificate in the Secret", "C", {
    ...at("", undefined, {
      at: mutual,
      secret: withCertificate,
      query: "authMechanism=MONGODB-X509&tls=true&tlsInsecure=true",
    }),
    uri: (uri) => uri.replace(/\/\/[^@]*@/, "//"),
  }),
  row("x509-plain", "authMechanism=MONGODB-X509 without TLS", "C", {
    query: "authMechanism=MONGODB-X509",
    uri: (uri) => uri.replace(/\/\/[^@]*@/, "//"),
    secret: withCertificate,
  }),
];
