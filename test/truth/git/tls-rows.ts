import type { TruthRow } from "../../../lab/truth/row";
import { createAuthority } from "../../../lab/pki";
import { OVER_HTTP } from "./login-rows";
import { bundled, rowsOf, type HttpServers, type RowSettings } from "./server";

const OTHER = createAuthority("Another CA");
const CLI = { git: { engine: "cli" as const } };

const OVER_HTTPS: RowSettings<HttpServers> = {
  ...OVER_HTTP,
  endpoint: ({ https }, path) => `https://localhost:${https.port}${path}`,
};
const CA = ({ authority }: HttpServers) => ({ tls: { caBundle: bundled(authority.cert) } });
const FROM_SECRET = { tls: { caSecretRef: { name: "ca" } } };

/** Whom an https endpoint is trusted for, and settings of `spec.tls` at any endpoint. */
export const TLS_ROWS: readonly TruthRow<HttpServers>[] = rowsOf("git", OVER_HTTPS, [
  ["https-ca", "private CA, caBundle", "C", { spec: CA }],
  ["https-none", "private CA, no spec.tls", "C", {}],
  ["https-empty", "private CA, tls: {}", "C", { spec: { tls: {} } }],
  [
    "https-other-ca",
    "private CA, caBundle of another",
    "C",
    { spec: { tls: { caBundle: bundled(OTHER.cert) } } },
  ],
  [
    "https-ca-secret",
    "private CA, caSecretRef",
    "C",
    {
      spec: FROM_SECRET,
      secrets: ({ authority }) => ({ ca: { "ca.crt": authority.cert } }),
    },
  ],
  [
    "https-ca-secret-empty-first",
    "caSecretRef whose first key is empty",
    "C",
    {
      spec: FROM_SECRET,
      secrets: ({ authority }) => ({ ca: { "tls.crt": "", "ca.crt": authority.cert } }),
    },
  ],
  [
    "https-ca-secret-order",
    "caSecretRef whose first key is of another CA",
    "C",
    {
      spec: FROM_SECRET,
      secrets: ({ authority }) => ({ ca: { "tls.crt": OTHER.cert, "ca.crt": authority.cert } }),
    },
  ],
  [
    "https-ca-secret-no-key",
    "caSecretRef without a key that is read",
    "C",
    {
      spec: FROM_SECRET,
      secrets: ({ authority }) => ({ ca: { "root.pem": authority.cert } }),
    },
  ],
  [
    "https-ca-secret-garbage",
    "caSecretRef with garbage",
    "C",
    {
      spec: FROM_SECRET,
      secrets: { ca: { "ca.crt": "garbage" } },
    },
  ],
  [
    "https-ca-both",
    "caBundle and caSecretRef",
    "C",
    {
      spec: ({ authority }) => ({ tls: { caBundle: bundled(authority.cert), caSecretRef: { name: "ca" } } }),
      secrets: ({ authority }) => ({ ca: { "ca.crt": authority.cert } }),
    },
  ],
  [
    "https-ca-cli",
    "private CA, caBundle, engine cli",
    "C",
    { spec: (server) => ({ ...CA(server), ...CLI }) },
  ],
  [
    "https-ca-secret-cli",
    "private CA, caSecretRef, engine cli",
    "C",
    {
      spec: { ...FROM_SECRET, ...CLI },
      secrets: ({ authority }) => ({ ca: { "ca.crt": authority.cert } }),
    },
  ],
  ["https-insecure", "insecureSkipVerify", "C", { spec: { tls: { insecureSkipVerify: true } } }],
  [
    "https-insecure-cli",
    "insecureSkipVerify, engine cli",
    "C",
    {
      spec: { tls: { insecureSkipVerify: true }, ...CLI },
    },
  ],
  [
    "https-insecure-ca-cli",
    "insecureSkipVerify and caBundle, engine cli",
    "C",
    {
      spec: (server) => ({ tls: { ...CA(server).tls, insecureSkipVerify: true }, ...CLI }),
    },
  ],
  [
    "https-name",
    "a name that the certificate does not have",
    "C",
    {
      spec: CA,
      endpoint: ({ https }, path) => `https://127.0.0.1:${https.port}${path}`,
    },
  ],
  [
    "https-plain",
    "https to an http server",
    "C",
    {
      endpoint: ({ http }, path) => `https://localhost:${http.port}${path}`,
    },
  ],
  [
    "https-auth-type-ssh",
    "git.auth.type ssh",
    "C",
    {
      spec: (server) => ({ ...CA(server), git: { auth: { type: "ssh" } } }),
    },
  ],
  [
    "https-ca-garbage",
    "http endpoint, caBundle garbage",
    "C",
    {
      endpoint: OVER_HTTP.endpoint,
      spec: { tls: { caBundle: bundled("garbage") } },
    },
  ],
  [
    "http-ca-both",
    "http endpoint, caBundle and caSecretRef",
    "C",
    {
      endpoint: OVER_HTTP.endpoint,
      spec: ({ authority }) => ({ tls: { caBundle: bundled(authority.cert), caSecretRef: { name: "ca" } } }),
      secrets: ({ authority }) => ({ ca: { "ca.crt": authority.cert } }),
    },
  ],
  [
    "http-insecure",
    "http endpoint, insecureSkipVerify",
    "C",
    {
      endpoint: OVER_HTTP.endpoint,
      spec: { tls: { insecureSkipVerify: true } },
    },
  ],
]);
