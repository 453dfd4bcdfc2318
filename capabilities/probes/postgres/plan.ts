import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import { readConnectionString, type ConnectionStringPlace } from "../connection-string";
import { hostPort } from "../messages";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import type { ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { secretReference, settingsOf, tlsReferences } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../tls-trust";
import { parseDsn, type Dsn, type SslMode } from "./dsn";

const NEEDS = "databaseRef and table";
const DATABASE_FIELD = "spec.postgres.databaseRef";
const DSN: ConnectionStringPlace = {
  field: DATABASE_FIELD,
  keys: ["dsn", "url", "connectionString", "DATABASE_URL"],
  name: "DSN",
};

/** PostgreSQL cuts longer names (NAMEDATALEN - 1 bytes); a cut name would find another table. */
const MAX_NAME_BYTES = 63;

export interface PostgresPlan extends ProbePlan {
  readonly dsn: Dsn;
  readonly tls: PostgresTls;
  readonly target: PostgresTarget;
  /** Where the connection string was found, for messages. */
  readonly source: { readonly secret: string; readonly key: string };
}

export interface PostgresTls {
  readonly mode: SslMode;
  readonly trust: TlsTrust;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

export interface PostgresTarget {
  /** Absent means that the session's search_path finds the table, as it does for an unqualified name. */
  readonly schema?: string;
  readonly table: string;
  readonly provisioning: "ensure" | "existing";
}

/** The Secrets that a postgres sink names. */
export function postgresReferences(sink: Sink): SecretReference[] {
  const { databaseRef } = settingsOf(sink, "postgres", NEEDS);
  return [secretReference(DATABASE_FIELD, databaseRef), ...tlsReferences(sink)];
}

/** @see Probe.plan */
export function postgresPlan(sink: Sink, secrets: ResolvedSecrets): PostgresPlan {
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
      ...(schema ? { schema: name(schema, "spec.postgres.schema") } : {}),
      table: name(table, "spec.postgres.table"),
      provisioning: sink.spec.provisioning?.mode ?? "ensure",
    },
    source,
  };
}

/**
 * What sslmode comes to together with `spec.tls`. With authorities given, libpq raises `require` to
 * `verify-ca`. An absent sslmode, `allow` and `prefer` become `verify-full`: who names authorities in the
 * sink wants the server verified, and these modes would fall back to an unverified peer or to plain text.
 */
export function effectiveSslMode(dsn: Pick<Dsn, "sslMode">, trust: TlsTrust): SslMode {
  const mode = dsn.sslMode ?? "prefer";
  if (trust.ca === undefined) return mode;
  if (mode === "require") return "verify-ca";
  return mode === "allow" || mode === "prefer" ? "verify-full" : mode;
}

function name(text: string, field: string): string {
  if (text !== "" && !text.includes("\0") && Buffer.byteLength(text) <= MAX_NAME_BYTES) return text;
  throw failed(
    "InvalidConfiguration",
    `${field} is empty or longer than the ${MAX_NAME_BYTES} bytes of a PostgreSQL name.`,
  );
}
