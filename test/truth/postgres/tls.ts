import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KollectDatabaseSink } from "../../../capabilities/api/types";
import { trusting } from "../../../lab/backends/postgres";
import type { TruthCase, TruthRow } from "../../../lab/truth/row";
import { row, type Change, type Scene } from "./scene";

type Tls = KollectDatabaseSink["spec"]["tls"];

/** At the server with TLS, whose certificate of a private authority is for 127.0.0.1. */
function at(query: string, tls?: (scene: Scene) => Tls, change: Change = {}): Change {
  return { server: "tls", query, change: (truthCase, scene) => withTls(truthCase, tls?.(scene)), ...change };
}

function withTls(truthCase: TruthCase, tls: Tls): TruthCase {
  if (!tls) return truthCase;
  return {
    ...truthCase,
    sink: { ...truthCase.sink, spec: { ...truthCase.sink.spec, tls } } as KollectDatabaseSink,
  };
}

const ca = ({ authority }: Scene): Tls => trusting(authority.cert);
const otherCa = ({ other }: Scene): Tls => trusting(other.cert);
const skip = (): Tls => ({ insecureSkipVerify: true });
const garbage = (): Tls => ({ caBundle: Buffer.from("no certificate").toString("base64") });
const secretRef = (): Tls => ({ caSecretRef: { name: "ca" } });

function withCaSecret(values: (scene: Scene) => Readonly<Record<string, string>>): Change {
  return {
    change: (truthCase, scene) => {
      const changed = withTls(truthCase, secretRef());
      return { ...changed, secrets: { ...changed.secrets, ca: values(scene) } };
    },
  };
}

/** The connection string names a file, which is there for the exporter. */
function withFile(mode: string, tls?: (scene: Scene) => Tls): Change {
  return {
    server: "tls",
    change: (truthCase, scene) => {
      const changed = withRoot(truthCase, mode, { folder: scene.folder, cert: scene.authority.cert });
      return withTls(changed, tls?.(scene));
    },
  };
}

function withRoot(truthCase: TruthCase, mode: string, root: { folder: string; cert: string }): TruthCase {
  const file = join(root.folder, "root.crt");
  writeFileSync(file, root.cert);
  const { dsn } = truthCase.secrets["pg-dsn"] as { dsn: string };
  return {
    ...truthCase,
    secrets: { "pg-dsn": { dsn: `${dsn}?sslmode=${mode}&sslrootcert=${encodeURIComponent(file)}` } },
  };
}

/** At a server whose certificate is its own authority, as the exporter finds it in a file of its pod. */
function odd(server: "edwards" | "nameless", mode: string, more = ""): Change {
  const change = (truthCase: TruthCase, scene: Scene): TruthCase => {
    const { cert } = scene.odd[server];
    return withTls(withRoot(truthCase, mode + more, { folder: scene.folder, cert }), trusting(cert));
  };
  return { server, host: "localhost", ...(mode === "" ? { query: more } : { change }) };
}

function byCertificate(user: string): Change {
  return {
    server: "tls",
    user,
    query: "sslmode=require",
    secret: (dsn, { client }) => ({ dsn, "tls.crt": client.cert, "tls.key": client.key }),
    sql: RIGHTS_OF(user),
  };
}

const RIGHTS_OF = (user: string): string =>
  `CREATE TABLE app.other (n INT); GRANT USAGE, CREATE ON SCHEMA app TO ${user};`;

/** How sslmode, `spec.tls` and files of the exporter's pod come together. */
export const TLS: readonly TruthRow<Scene>[] = [
  row("tls-none", "no sslmode", "C", at("")),
  row("tls-disable", "sslmode=disable", "C", at("sslmode=disable")),
  row("tls-allow", "sslmode=allow", "C", at("sslmode=allow")),
  row("tls-require", "sslmode=require, no CA", "C", at("sslmode=require")),
  row("tls-verify-ca", "sslmode=verify-ca, no CA", "C", at("sslmode=verify-ca")),
  row("tls-verify-full", "sslmode=verify-full, no CA", "C", at("sslmode=verify-full")),
  row("tls-verify-full-ca", "sslmode=verify-full, caBundle of the CA", "C", at("sslmode=verify-full", ca)),
  row("tls-verify-ca-ca", "sslmode=verify-ca, caBundle of the CA", "C", at("sslmode=verify-ca", ca)),
  row(
    "tls-verify-full-skip",
    "sslmode=verify-full, insecureSkipVerify",
    "C",
    at("sslmode=verify-full", skip),
  ),
  row("tls-verify-ca-skip", "sslmode=verify-ca, insecureSkipVerify", "C", at("sslmode=verify-ca", skip)),
  row(
    "tls-verify-full-wrong-ca",
    "sslmode=verify-full, caBundle of another CA",
    "C",
    at("sslmode=verify-full", otherCa),
  ),
  row("tls-none-ca", "no sslmode, caBundle of the CA", "C", at("", ca)),
  row("tls-none-skip", "no sslmode, insecureSkipVerify", "C", at("", skip)),
  row("tls-require-ca", "sslmode=require, caBundle of the CA", "C", at("sslmode=require", ca)),
  row("tls-require-wrong-ca", "sslmode=require, caBundle of another CA", "C", at("sslmode=require", otherCa)),
  row("tls-allow-wrong-ca", "sslmode=allow, caBundle of another CA", "C", at("sslmode=allow", otherCa)),
  row("tls-disable-ca", "sslmode=disable, caBundle of the CA", "C", at("sslmode=disable", ca)),
  row("tls-system", "sslrootcert=system", "C", at("sslrootcert=system")),
  row("tls-system-ca", "sslrootcert=system, caBundle of the CA", "C", at("sslrootcert=system", ca)),
  row("tls-direct", "sslnegotiation=direct", "C", at("sslmode=require&sslnegotiation=direct")),
  row("tls-casecret", "sslmode=verify-full, caSecretRef with the CA", "C", {
    ...at("sslmode=verify-full"),
    ...withCaSecret(({ authority }) => ({ "ca.crt": authority.cert })),
  }),
  row("tls-casecret-empty", "sslmode=require, caSecretRef without a known key", "C", {
    ...at("sslmode=require"),
    ...withCaSecret(() => ({ other: "x" })),
  }),
  row("tls-casecret-garbage", "sslmode=require, caSecretRef with no certificate", "C", {
    ...at("sslmode=require"),
    ...withCaSecret(() => ({ "ca.crt": "no certificate" })),
  }),
  row("caref-dangling", "tls.caSecretRef names a missing Secret", "C", at("", secretRef)),
  row("secretref-dangling", "spec.secretRef names a missing Secret", "C", {
    change: (truthCase) => ({
      ...truthCase,
      sink: {
        ...truthCase.sink,
        spec: { ...truthCase.sink.spec, secretRef: { name: "nope" } },
      } as KollectDatabaseSink,
    }),
  }),
  row("cabundle-garbage", "tls.caBundle is not PEM", "C", at("", garbage)),
  row(
    "cabundle-garbage-plain",
    "tls.caBundle is not PEM, server without TLS",
    "C",
    at("", garbage, { server: "plain" }),
  ),
  row(
    "insecure-nossl",
    "insecureSkipVerify, no sslmode, server without TLS",
    "C",
    at("", skip, { server: "plain" }),
  ),
  row("plain-none-ca", "no sslmode, caBundle, server without TLS", "C", at("", ca, { server: "plain" })),
  row(
    "plain-require",
    "sslmode=require, server without TLS",
    "C",
    at("sslmode=require", undefined, { server: "plain" }),
  ),
  row(
    "plain-allow",
    "sslmode=allow, server without TLS",
    "C",
    at("sslmode=allow", undefined, { server: "plain" }),
  ),
  row(
    "plain-skip-require",
    "sslmode=require, insecureSkipVerify, server without TLS",
    "C",
    at("sslmode=require", skip, { server: "plain" }),
  ),
  row("name-mismatch", "sslmode=verify-full, name that the certificate lacks", "C", {
    ...withFile("verify-full"),
    host: "127.0.0.2",
  }),
  row("file-verify-full", "sslrootcert names a file of the pod", "U", withFile("verify-full")),
  row("file-require", "sslrootcert with sslmode=require", "U", withFile("require")),
  row("file-disable", "sslrootcert with sslmode=disable", "U", withFile("disable")),
  row("file-and-ca", "sslrootcert names a file of the pod, and caBundle", "U", withFile("verify-full", ca)),
  row(
    "file-missing",
    "sslrootcert names a file that the pod lacks",
    "U",
    at("sslmode=verify-full&sslrootcert=/nope/ca.crt"),
  ),
  row(
    "file-missing-disable",
    "sslrootcert names a file that the pod lacks, sslmode=disable",
    "U",
    at("sslmode=disable&sslrootcert=/nope/ca.crt"),
  ),
  row(
    "sslcert-missing",
    "sslcert and sslkey name files that the pod lacks",
    "U",
    at("sslmode=require&sslcert=/nope/c.crt&sslkey=/nope/c.key"),
  ),
  row("sslcert-alone", "sslcert without sslkey", "C", at("sslmode=require&sslcert=/nope/c.crt")),
  row("edwards-require", "Ed25519 certificate, sslmode=require", "C", odd("edwards", "", "sslmode=require")),
  row(
    "edwards-none",
    "Ed25519 certificate, no sslmode: plain text in the end",
    "C",
    odd("edwards", "", "sslmode=prefer"),
  ),
  row(
    "edwards-unbound",
    "Ed25519 certificate, channel_binding=disable",
    "C",
    odd("edwards", "", "sslmode=require&channel_binding=disable"),
  ),
  row(
    "edwards-bound",
    "Ed25519 certificate, channel_binding=require",
    "C",
    odd("edwards", "", "sslmode=require&channel_binding=require"),
  ),
  row(
    "nameless-require",
    "certificate with a common name only, sslmode=require",
    "C",
    odd("nameless", "", "sslmode=require"),
  ),
  row(
    "nameless-verify-ca",
    "certificate with a common name only, verify-ca",
    "U",
    odd("nameless", "verify-ca"),
  ),
  row(
    "nameless-verify-full",
    "certificate with a common name only, verify-full",
    "U",
    odd("nameless", "verify-full"),
  ),
  row("client-certificate", "login by the client certificate in the Secret", "C", {
    ...byCertificate("by_cert"),
    sink: { provisioning: "ensure" },
  }),
  row("client-certificate-unused", "client certificate in the Secret, login by password", "C", {
    ...byCertificate("k"),
    sink: { provisioning: "ensure" },
  }),
  row("client-certificate-trust", "client certificate in the Secret, nothing asked", "C", {
    ...byCertificate("trusted"),
    sink: { provisioning: "ensure" },
  }),
];
