import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../domain/exporter/settings";
import { hostPort } from "../messages";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import type { Where } from "../net/errors";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { invalidValue, requiredTrimmed, type SecretValue } from "../secret-values";
import { clientCertificate, secretReference, tlsReferences, tlsTrust } from "../tls-trust";
import { parseDsn, type Dsn, type SslMode } from "./dsn";
import { DsnError } from "./dsn-error";
import type { DsnHost } from "./dsn-hosts";

const DATABASE_FIELD = "spec.postgres.databaseRef";
const DEFAULT_SCHEMA = "public";
const DSN_KEYS = ["dsn", "url", "connectionString", "DATABASE_URL"] as const;

/** What PostgreSQL keeps of a name (NAMEDATALEN - 1). */
const MAX_NAME_BYTES = 63;

export interface PostgresPlan extends ProbePlan {
  readonly dsn: Dsn;
  readonly tls: PostgresTls;
  readonly target: PostgresTarget;
  /** Where the connection string was found, for messages. */
  readonly source: { readonly secret: string; readonly key: string };
  /** Which exporter the verdict predicts. */
  readonly exporter: ExporterSettings;
}

export interface PostgresTls {
  readonly mode: SslMode;
  readonly trust: TlsTrust;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

export interface PostgresTarget {
  /** `public` when the sink names none: the exporter does not use the session's search_path. */
  readonly schema: string;
  readonly table: string;
  readonly provisioning: "ensure" | "existing";
}

/** The Secrets that a postgres sink names. */
export function postgresReferences(sink: Sink): SecretReference[] {
  const { databaseRef } = settings(sink);
  return [secretReference(DATABASE_FIELD, databaseRef), ...tlsReferences(sink)];
}

/** @see Probe.plan */
export function postgresPlan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): PostgresPlan {
  const { schema, table } = settings(sink);
  const secret = secrets.get(DATABASE_FIELD);
  if (!secret)
    throw failed("NoCredentials", `${DATABASE_FIELD} names no Secret. Name the one that holds the DSN.`);
  const value = requiredTrimmed(secret, DSN_KEYS);
  const dsn = readDsn(value, secret);
  const trust = tlsTrust(sink, secrets);
  const certificate = clientCertificate(secret);
  return {
    endpoint: dsn.hosts.map(hostPort).join(","),
    dsn,
    tls: {
      mode: effectiveSslMode(dsn, trust),
      trust,
      ...(certificate ? { clientCertificate: certificate } : {}),
    },
    target: {
      schema: schema ? name(schema, "spec.postgres.schema") : DEFAULT_SCHEMA,
      table: name(table.trim(), "spec.postgres.table"),
      provisioning: sink.spec.provisioning?.mode ?? "ensure",
    },
    source: { secret: secret.name, key: value.key },
    exporter: options.exporter ?? DEFAULT_EXPORTER,
  };
}

/** Where one host of a plan is, for messages. */
export function endpointOf(host: DsnHost): Where {
  return { endpoint: hostPort(host), host: host.host };
}

/**
 * What sslmode comes to together with `spec.tls`. With authorities given, pgx raises `require` to
 * `verify-ca`. An absent sslmode, `allow` and `prefer` become `verify-full`: who names authorities in the
 * sink wants the server verified, and these modes would fall back to an unverified peer or to plain text.
 */
export function effectiveSslMode(dsn: Pick<Dsn, "sslMode" | "files">, trust: TlsTrust): SslMode {
  const mode = dsn.sslMode ?? "prefer";
  if (trust.ca === undefined)
    return mode === "require" && dsn.files.includes("sslrootcert") ? "verify-ca" : mode;
  if (mode === "require") return "verify-ca";
  return mode === "allow" || mode === "prefer" ? "verify-full" : mode;
}

function settings(sink: Sink): {
  databaseRef: { name: string; namespace?: string };
  schema?: string;
  table: string;
} {
  const postgres = "postgres" in sink.spec ? sink.spec.postgres : undefined;
  if (!postgres) {
    throw failed(
      "InvalidConfiguration",
      "spec.postgres is missing. A sink of type postgres needs databaseRef and table.",
    );
  }
  return postgres;
}

function readDsn(value: SecretValue, secret: { readonly name: string }): Dsn {
  try {
    return parseDsn(value.text);
  } catch (error) {
    if (error instanceof DsnError) throw invalidValue(secret, value.key, error.message);
    throw error;
  }
}

/** As the server reads it: it cuts what is longer at a whole character, and so do all statements of the exporter. */
function name(text: string, field: string): string {
  if (text === "" || text.includes("\0")) {
    throw failed(
      "InvalidConfiguration",
      `${field} is empty or holds a zero byte, so it is no name of PostgreSQL.`,
    );
  }
  const bytes = Buffer.from(text);
  let end = Math.min(bytes.length, MAX_NAME_BYTES);
  // A byte 10xxxxxx continues a character.
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
