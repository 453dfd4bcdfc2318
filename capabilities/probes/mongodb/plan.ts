import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import { readConnectionString, type ConnectionStringPlace } from "../secrets/connection-string";
import { hostPort } from "../messages";
import type { ExporterSettings } from "../../domain/exporter/settings";
import { DEFAULT_EXPORTER } from "../../domain/exporter/settings";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { invalidValue } from "../secrets/secret-values";
import { secretReference, settingsOf, tlsReferences } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../secrets/tls-trust";
import { isSupported, type MongoLogin } from "./credentials";
import { parseUri, type MongoUri } from "./uri/uri";

const NEEDS = "databaseRef, database and collection";
const DATABASE_FIELD = "spec.mongodb.databaseRef";
const URI: ConnectionStringPlace = {
  field: DATABASE_FIELD,
  keys: ["uri", "url", "connectionString", "MONGODB_URI"],
  name: "URI",
};

/** Longest `database.collection`, in bytes (MongoDB manual, "MongoDB Limits and Thresholds"). */
const MAX_NAMESPACE_BYTES = 255;
const MAX_DATABASE_BYTES = 63;

export interface MongodbPlan extends ProbePlan {
  readonly uri: MongoUri;
  /** Undefined means plain text. */
  readonly tls?: MongodbTls;
  readonly target: MongodbTarget;
  /** Location of the connection string, for messages. */
  readonly source: { readonly secret: string; readonly key: string };
  readonly exporter: ExporterSettings;
}

export interface MongodbTls extends TlsTrust {
  /** Whether only `spec.tls` turns TLS on or sets the trusted authority. */
  readonly bySink: boolean;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

export interface MongodbTarget {
  readonly database: string;
  readonly collection: string;
  readonly provisioning: "ensure" | "existing";
}

/** The Secrets that a mongodb sink names. */
export function mongodbReferences(sink: Sink): SecretReference[] {
  const { databaseRef } = settingsOf(sink, "mongodb", NEEDS);
  return [secretReference(DATABASE_FIELD, databaseRef), ...tlsReferences(sink)];
}

/** The plan of a probe of the sink. Throws `FailureError`. */
export function mongodbPlan(
  sink: Sink,
  secrets: ResolvedSecrets,
  { exporter = DEFAULT_EXPORTER }: Pick<PlanOptions, "exporter">,
): MongodbPlan {
  const { database, collection } = settingsOf(sink, "mongodb", NEEDS);
  const { parsed: uri, secret, source } = readConnectionString(secrets, URI, parseUri);
  const trust = tlsTrust(sink, secrets);
  const certificate = clientCertificate(secret);
  const tls = usesTls(uri, trust) ? tlsOf(uri, trust, certificate) : undefined;
  checkLogin(uri.login, tls, source);
  return {
    endpoint: "srv" in uri.seeds ? uri.seeds.srv.name : uri.seeds.hosts.map(hostPort).join(","),
    uri,
    ...(tls ? { tls } : {}),
    target: {
      ...namespaceOf(database.trim(), collection.trim()),
      provisioning: sink.spec.provisioning?.mode ?? "ensure",
    },
    source,
    exporter,
  };
}

/** The string's option decides about TLS; without it TLS is on for mongodb+srv:// and a sink with trust settings. */
function usesTls({ seeds, tls }: MongoUri, trust: TlsTrust): boolean {
  return tls.enabled ?? ("srv" in seeds || trust.ca !== undefined || trust.insecureSkipVerify);
}

function tlsOf(uri: MongoUri, trust: TlsTrust, certificate: SecureOptions["clientCertificate"]): MongodbTls {
  return {
    ...trust,
    insecureSkipVerify: trust.insecureSkipVerify || uri.tls.insecure || cannotBeVerified(uri, trust),
    bySink: isBySink(uri, trust),
    ...(certificate ? { clientCertificate: certificate } : {}),
  };
}

/**
 * The authority in `spec.tls` replaces a file in the exporter's pod. Without it the server cannot be verified, which is
 * not acceptable for PLAIN, whose login sends the password itself.
 */
function cannotBeVerified({ files, login }: MongoUri, { ca }: TlsTrust): boolean {
  return files.has("tlscafile") && ca === undefined && login?.mechanism !== "PLAIN";
}

function isBySink({ tls, files, seeds }: MongoUri, { ca, insecureSkipVerify }: TlsTrust): boolean {
  const isAsked = tls.enabled ?? "srv" in seeds;
  const isVerified = !tls.insecure && !files.has("tlscafile");
  return !isAsked || (isVerified && (ca !== undefined || insecureSkipVerify));
}

function checkLogin(
  login: MongoLogin | undefined,
  tls: MongodbTls | undefined,
  { key, secret }: MongodbPlan["source"],
): void {
  if (!login) return;
  if (!isSupported(login.mechanism)) {
    throw failed(
      "UnsupportedAuthMechanism",
      `The key ${key} of Secret ${secret} asks for authMechanism=${login.mechanism}, which probes do not support. ` +
        "They support SCRAM-SHA-256, SCRAM-SHA-1, PLAIN and MONGODB-X509.",
    );
  }
  if (login.mechanism !== "MONGODB-X509") return;
  if (!tls) {
    throw invalidValue(
      { name: secret },
      key,
      "asks for authMechanism=MONGODB-X509, which needs TLS: add tls=true",
    );
  }
  if (!tls.clientCertificate) {
    throw failed(
      "SecretKeyMissing",
      `The key ${key} of Secret ${secret} asks for authMechanism=MONGODB-X509, but the Secret holds no client ` +
        "certificate. Add it as the keys tls.crt and tls.key; the exporter reads the file that " +
        "tlsCertificateKeyFile names in its own pod.",
    );
  }
}

/** Source: MongoDB manual, "Naming Restrictions". */
function namespaceOf(database: string, collection: string): { database: string; collection: string } {
  if (!/^[^/\\. "$*<>:|?\0]+$/.test(database) || Buffer.byteLength(database) > MAX_DATABASE_BYTES) {
    throw failed(
      "InvalidConfiguration",
      `spec.mongodb.database is not the name of a database: 1 to ${MAX_DATABASE_BYTES} bytes, ` +
        'without spaces and any of / \\ . " $ * < > : | ?',
    );
  }
  const isName = /^[^$\0]+$/.test(collection) && !/^\.|^system\./.test(collection);
  if (!isName || Buffer.byteLength(`${database}.${collection}`) > MAX_NAMESPACE_BYTES) {
    throw failed(
      "InvalidConfiguration",
      "spec.mongodb.collection is not the name of a collection to write to: not empty, without $, not beginning " +
        `with "system." or a dot, and with the database's name at most ${MAX_NAMESPACE_BYTES} bytes.`,
    );
  }
  return { database, collection };
}
