import { row, type Change, type NatsWorld, type ServerName } from "./world";

const bundle = ({ authority }: NatsWorld): object => ({
  caBundle: Buffer.from(authority.cert).toString("base64"),
});
const plain = { secret: null } as const;

function tls(server: ServerName, make?: (world: NatsWorld) => object, more: Change = {}): Change {
  return { ...plain, server, ...(make ? { spec: (_, world) => ({ tls: make(world) }) } : {}), ...more };
}

function certificateOf(clients: NatsWorld["clients"]): Record<string, string> {
  const { cert, key } = clients.issue({ names: ["kollect"], client: true });
  return { "tls.crt": cert, "tls.key": key };
}

const asTls: Change = { nats: (at) => ({ url: `tls://${at}` }) };
const SKIP = { insecureSkipVerify: true };

/** When TLS is used and whom it trusts. */
export const TLS = [
  row("tls-none", "TLS server, no tls block", "C", tls("tls")),
  row(
    "tls-empty",
    "TLS server, tls: {}",
    "C",
    tls("tls", () => ({})),
  ),
  row("tls-ca", "TLS server, caBundle", "C", tls("tls", bundle)),
  row(
    "tls-skip",
    "TLS server, insecureSkipVerify",
    "C",
    tls("tls", () => SKIP),
  ),
  row("tls-scheme", "TLS server, tls:// without an authority", "C", tls("tls", undefined, asTls)),
  row("tls-scheme-ca", "TLS server, tls:// and caBundle", "C", tls("tls", bundle, asTls)),
  row("tls-wrong-ca", "TLS server, another authority", "C", {
    ...tls("tls", ({ clients }) => bundle({ authority: clients } as NatsWorld)),
  }),
  row("tls-wrong-name", "TLS server, an address that the certificate does not hold", "C", {
    ...tls("tls", bundle, { nats: (at) => ({ url: `nats://${at.replace("localhost", "127.0.0.1")}` }) }),
  }),
  row("tls-ca-secret", "TLS server, caSecretRef with ca.crt", "C", {
    ...plain,
    server: "tls",
    spec: () => ({ tls: { caSecretRef: { name: "ca" } } }),
    secrets: ({ authority }) => ({ ca: { "tls.crt": "", "ca.crt": authority.cert } }),
  }),
  row("tls-ca-secret-blank", "TLS server, caSecretRef with a blank tls.crt beside ca.crt", "C", {
    ...plain,
    server: "tls",
    spec: () => ({ tls: { caSecretRef: { name: "ca" } } }),
    secrets: ({ authority }) => ({ ca: { "tls.crt": "\n", "ca.crt": authority.cert } }),
  }),
  row("tls-ca-latin1", "TLS server, an authority behind a comment that is no UTF-8", "C", {
    ...plain,
    server: "tls",
    spec: () => ({ tls: { caSecretRef: { name: "ca" } } }),
    secrets: ({ authority }) => ({
      ca: { "ca.crt": Buffer.concat([Buffer.from("# Jos\u00e9\n", "latin1"), Buffer.from(authority.cert)]) },
    }),
  }),
  row("tls-ca-secret-empty", "TLS server, caSecretRef without a known key", "C", {
    ...plain,
    server: "tls",
    spec: () => ({ tls: { caSecretRef: { name: "ca" } } }),
    secrets: () => ({ ca: { other: "x" } }),
  }),
  row("ca-secret-empty-plain", "plain server, caSecretRef without a known key", "C", {
    ...plain,
    server: "open",
    spec: () => ({ tls: { caSecretRef: { name: "ca" } } }),
    secrets: () => ({ ca: { other: "x" } }),
  }),
  row("tls-garbage-ca", "plain server, caBundle that is no certificate", "C", {
    ...tls("open", () => ({ caBundle: "bm9uc2Vuc2U=" })),
  }),
  row(
    "tls-skip-plain",
    "plain server, insecureSkipVerify",
    "C",
    tls("open", () => SKIP),
  ),
  row("tls-ca-plain", "plain server, caBundle", "C", tls("open", bundle)),
  row("tls-scheme-plain", "plain server, tls://", "C", tls("open", undefined, asTls)),
  row(
    "tls-empty-plain",
    "plain server, tls: {}",
    "C",
    tls("open", () => ({})),
  ),
  row("tls-offered", "server that offers TLS, no tls block", "C", tls("tlsOffered")),
  row(
    "tls-offered-empty",
    "server that offers TLS, tls: {}",
    "C",
    tls("tlsOffered", () => ({})),
  ),
  row("tls-offered-ca", "server that offers TLS, caBundle", "C", tls("tlsOffered", bundle)),
  row("tls-offered-wrong-ca", "server that offers TLS, another authority", "C", {
    ...tls("tlsOffered", ({ clients }) => bundle({ authority: clients } as NatsWorld)),
  }),
  row("tls-first", "handshake_first, caBundle", "C", tls("tlsFirst", bundle)),
  row("tls-first-none", "handshake_first, no tls block", "C", tls("tlsFirst")),
  row("tls-auto", "handshake_first: auto, caBundle", "C", tls("tlsAuto", bundle)),
  row("tls-mutual", "server that verifies clients, no certificate", "C", tls("tlsMutual", bundle)),
  row("tls-mutual-certificate", "server that verifies clients, certificate in the Secret", "C", {
    ...tls("tlsMutual", bundle, {
      secrets: ({ clients }) => ({ sec: certificateOf(clients) }),
      nats: () => ({ secretRef: { name: "sec" } }),
    }),
  }),
];
