import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import { readConnectionString, type ConnectionStringPlace } from "../secrets/connection-string";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../domain/exporter/settings";
import { hostPort } from "../messages";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import type { Where } from "../net/errors";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { secretReference, settingsOf, tlsReferences } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../secrets/tls-trust";
import { parseDsn, type Dsn, type SslMode } from "./dsn/dsn";
import type { DsnHost } from "./dsn/hosts";

const NEEDS = "databaseRef and table";
const DATABASE_FIELD = "spec.postgres.databaseRef";
const DSN: ConnectionStringPlace = {
  field: DATABASE_FIELD,
  keys: ["dsn", "url", "connectionString", "DATABASE_URL"],
  name: "DSN",
};
const DEFAULT_SCHEMA = "public";

/** Maximum length of a name in PostgreSQL, in bytes (NAMEDATALEN - 1). */
const MAX_NAME_BYTES = 63;

export interface PostgresPlan extends ProbePlan {
  readonly dsn: Dsn;
  readonly tls: PostgresTls;
  readonly target: PostgresTarget;
  /** Location of the connection string, for messages. */
  readonly source: { readonly secret: string; readonly key: string };
  /** The exporter that the verdict predicts. */
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
  const { databaseRef } = settingsOf(sink, "postgres", NEEDS);
  return [secretReference(DATABASE_FIELD, databaseRef), ...tlsReferences(sink)];
}

/** @see Probe.plan */
export function postgresPlan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): PostgresPlan {
  const { schema, table } = settingsOf(sink, "postgres", NEEDS);
  const { parsed: dsn, secret, source } = readConnectionString(secrets, DSN, parseDsn);
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
      schema: schema?.trim() ? name(schema.trim(), "spec.postgres.schema") : DEFAULT_SCHEMA,
      table: name(table.trim(), "spec.postgres.table"),
      provisioning: sink.spec.provisioning?.mode ?? "ensure",
    },
    source,
    exporter: options.exporter ?? DEFAULT_EXPORTER,
  };
}

/** Location of one host of a plan, for messages. */
export function endpointOf(host: DsnHost): Where {
  return { endpoint: hostPort(host), host: host.host };
}

/**
 * The sslmode in effect together with `spec.tls`. With authorities, pgx raises `require` to
 * `verify-ca`. An absent sslmode, `allow` and `prefer` become `verify-full`: authorities in the
 * sink ask for verification, and these modes would fall back to an unverified peer or to plain text.
 */
export function effectiveSslMode(dsn: Pick<Dsn, "sslMode" | "files">, trust: TlsTrust): SslMode {
  const mode = dsn.sslMode ?? "prefer";
  if (trust.ca === undefined)
    return mode === "require" && dsn.files.includes("sslrootcert") ? "verify-ca" : mode;
  if (mode === "require") return "verify-ca";
  return mode === "allow" || mode === "prefer" ? "verify-full" : mode;
}

/** A name as the server reads it: it truncates a longer one at a whole character, in all statements of the exporter. */
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
