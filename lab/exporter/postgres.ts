import { X509Certificate } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Client, escapeIdentifier } from "pg";
import type { KollectDatabaseSink } from "../../capabilities/api/types";
import type { Exporter, ExportOutcome, TruthCase } from "../truth/row";
import { readExporterDsn, type ExporterDsn } from "./postgres-dsn";

/**
 * What Kollect 0.18 does with a postgres sink, through `pg`: the table is created when the backend is made, in both
 * provisioning modes, and every export is one transaction. `spec.tls` and the mode are ignored, the two Secret
 * references of every type are read. Rows go into the staging table by INSERT where the exporter uses COPY, which
 * takes the same rights. Facts: exporter.md, sections 2.0 and 2.1; the address guard is left out.
 */
export const exportToPostgres: Exporter = async (truthCase, { items, signal }) => {
  let step = "secrets";
  const at = (name: string): void => void (step = name);
  let session: Client | undefined;
  try {
    const dsn = readExporterDsn(readSecrets(truthCase));
    at("connect");
    session = await connect(dsn, signal);
    at("create");
    const target = targetOf(truthCase);
    await session.query(createTable(target.table));
    for (const round of [1, 2]) await exportOnce(session, { ...target, items, round, names: dsn.names, at });
    return { works: true };
  } catch (error) {
    return {
      works: false,
      step,
      error: error instanceof Error ? error.message : String(error),
    } satisfies ExportOutcome;
  } finally {
    await session?.end().catch(() => undefined);
  }
};

const KEYS = ["inventory_namespace", "inventory_name", "target_name", "source_uid"];
const COLUMNS = [...KEYS, "cluster", "resource_namespace", "payload", "exported_at"];
const WRITTEN = ["payload", "exported_at", "cluster", "resource_namespace"];
const BULK_FROM = 32;

function readSecrets({ sink, secrets }: TruthCase): string {
  const { spec } = sink as KollectDatabaseSink;
  const read = (name: string): Readonly<Record<string, string | Buffer>> => {
    const values = secrets[name];
    if (!values) throw new Error(`secret "${name}" not found`);
    return values;
  };
  const always = [(spec as { secretRef?: { name: string } }).secretRef, spec.tls?.caSecretRef];
  for (const reference of always) if (reference) read(reference.name);
  if (!("postgres" in spec) || !spec.postgres) throw new Error("no postgres block");
  const values = read(spec.postgres.databaseRef.name);
  const keys = ["dsn", "url", "connectionString", "DATABASE_URL"];
  const found = keys.map((key) => String(values[key] ?? "").trim()).find((value) => value !== "");
  if (found === undefined) throw new Error("postgres secret must contain dsn or url key");
  return found;
}

function targetOf({ sink }: TruthCase): { table: string; cluster: string } {
  const { spec } = sink as KollectDatabaseSink;
  const { schema, table } = (spec as { postgres: { schema?: string; table: string } }).postgres;
  const { cluster = "" } = spec as { cluster?: string };
  return {
    table: `${escapeIdentifier(schema?.trim() || "public")}.${escapeIdentifier(table.trim())}`,
    cluster,
  };
}

/** pgx goes on after every error but a refused password, a missing database and a missing right to connect. */
const FINAL = ["28P01", "3D000", "42501"];

async function connect(dsn: ExporterDsn, signal: AbortSignal): Promise<Client> {
  let last: unknown = new Error("no host");
  for (const attempt of dsn.attempts) {
    signal.throwIfAborted();
    const client = new ExporterClient(dsn, attempt);
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.validate(dsn);
      if (dsn.simple) client.checkSimpleProtocol();
      return client;
    } catch (error) {
      last = error;
      await client.end().catch(() => undefined);
      if (FINAL.includes((error as { code?: string }).code ?? "")) throw error;
    }
  }
  throw last;
}

/** Whether pgx can compute the binding of SCRAM; where it cannot, the server refuses the login (tried with 5.10). */
function isBindable(socket: unknown): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  return !["ed25519", "ed448"].includes(certificate.publicKey.asymmetricKeyType ?? "");
}

/** How pg calls what a server asks for. */
const METHODS: Readonly<Record<string, string>> = {
  authenticationCleartextPassword: "password",
  authenticationMD5Password: "md5",
  authenticationSASL: "scram-sha-256",
};

/** Sends the startup parameters that pgx sends, and nothing of the environment. */
class ExporterClient extends Client {
  readonly #startup: Record<string, string>;
  readonly #reported = new Map<string, string>();
  #asked = "none";

  constructor(
    { user, password, database, channelBinding, runtime }: ExporterDsn,
    attempt: ExporterDsn["attempts"][number],
  ) {
    const { host, port, tls } = attempt;
    const enableChannelBinding = tls !== undefined && channelBinding !== "disable";
    super({
      ...{ host, port, user, database, password: () => password, connectionTimeoutMillis: 10_000 },
      ...{ ssl: tls ? { ...tls } : false, enableChannelBinding, scramMaxIterations: 10_000_000 },
    } as ConstructorParameters<typeof Client>[0]);
    if (channelBinding === "require" && !tls) throw new Error("channel binding required");
    this.#startup = { ...runtime, user, database };
    const { connection } = this as unknown as { connection: EventEmitter };
    (connection as unknown as { startup: (settings: Record<string, string>) => void }).startup = (settings) =>
      void (connection as unknown as { stream: Socket }).stream.write(startupMessage(settings));
    connection.on("parameterStatus", (message: { parameterName: string; parameterValue: string }) =>
      this.#reported.set(message.parameterName, message.parameterValue),
    );
    for (const [event, method] of Object.entries(METHODS))
      connection.once(event, () => (this.#asked = method));
  }

  /** What pgx checks of a session before it uses it. */
  async validate({ requireAuth, sessionAttrs, channelBinding }: ExporterDsn): Promise<void> {
    const { stream } = (this as unknown as { connection: { stream: unknown } }).connection;
    if (channelBinding !== "disable" && !isBindable(stream))
      throw new Error("channel binding negotiation error");
    const excluded = requireAuth.some((method) => method.startsWith("!"));
    const named = requireAuth.map((method) => method.replace("!", "")).includes(this.#asked);
    if (requireAuth.length > 0 && named === excluded) throw new Error("require_auth check failed");
    if (["any", "prefer-standby"].includes(sessionAttrs)) return;
    const { rows } = await this.query<Record<"standby" | "read_only", unknown>>(
      "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only",
    );
    const [{ standby, read_only: readOnly } = {}] = rows;
    const held = { "read-write": !readOnly, "read-only": readOnly, primary: !standby, standby }[sessionAttrs];
    if (held !== true) throw new Error("target_session_attrs is not met");
  }

  /** What pgx demands before it writes values into a statement itself. */
  checkSimpleProtocol(): void {
    const demanded = { client_encoding: "UTF8", standard_conforming_strings: "on" };
    for (const [name, wanted] of Object.entries(demanded)) {
      if (this.#reported.get(name) !== wanted)
        throw new Error(`simple protocol queries must be run with ${name}=${wanted}`);
    }
  }

  getStartupConf(): Record<string, string> {
    return this.#startup;
  }
}

/** pg's own names an encoding, and pgx's names none. */
function startupMessage(settings: Record<string, string>): Buffer {
  const body = Buffer.from(`\0\u0003\0\0${Object.entries(settings).flat().join("\0")}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

function createTable(table: string): string {
  const text = ["inventory_namespace", "inventory_name", "target_name", "source_uid"].map(
    (name) => `${name} TEXT NOT NULL`,
  );
  const withDefault = ["cluster", "resource_namespace"].map((name) => `${name} TEXT NOT NULL DEFAULT ''`);
  const rest = [
    "payload JSONB NOT NULL",
    "exported_at TIMESTAMPTZ NOT NULL",
    `PRIMARY KEY (${KEYS.join(", ")})`,
  ];
  return `CREATE TABLE IF NOT EXISTS ${table} (${[...text, ...withDefault, ...rest].join(", ")})`;
}

interface Export {
  readonly table: string;
  readonly cluster: string;
  readonly items: number;
  readonly round: number;
  readonly names: boolean;
  readonly at: (step: string) => void;
}

async function exportOnce(
  session: Client,
  { table, cluster, items, round, names, at }: Export,
): Promise<void> {
  const rows = Array.from({ length: items }, (_, index) => rowOf(index, round, cluster));
  const run = async (step: string, text: string, values: unknown[]): Promise<void> => {
    at(step);
    await session.query(
      names && values.length > 0
        ? { name: `stmt_${step.replace(" ", "_")}`, text, values }
        : { text, values },
    );
  };
  at("begin");
  await session.query("BEGIN");
  const upsert = onConflict(table);
  if (items < BULK_FROM) {
    const values = `VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)`;
    for (const row of rows) await run("upsert", `${upsert.into} ${values} ${upsert.conflict}`, row);
  } else {
    at("staging");
    const types = COLUMNS.map(
      (name) =>
        `${name} ${name === "payload" ? "JSONB" : name === "exported_at" ? "TIMESTAMPTZ" : "TEXT"} NOT NULL`,
    );
    await session.query(`CREATE TEMP TABLE staging (${types.join(", ")}) ON COMMIT DROP`);
    for (const row of rows)
      await run("copy", `INSERT INTO staging VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, row);
    await run("merge", `${upsert.into} SELECT ${COLUMNS.join(", ")} FROM staging ${upsert.conflict}`, []);
  }
  const stale =
    `DELETE FROM ${table} AS t WHERE t.inventory_namespace = $1 AND t.inventory_name = $2 AND t.cluster = $3 AND NOT EXISTS ` +
    "(SELECT 1 FROM unnest($4::text[], $5::text[]) AS s (target_name, source_uid) " +
    "WHERE s.target_name = t.target_name AND s.source_uid = t.source_uid)";
  await run("delete stale", stale, [
    "shop",
    "inventory",
    cluster,
    rows.map((row) => row[2]),
    rows.map((row) => row[3]),
  ]);
  at("commit");
  await session.query("COMMIT");
}

function onConflict(table: string): { into: string; conflict: string } {
  const set = WRITTEN.map((name) => `${name} = EXCLUDED.${name}`);
  return {
    into: `INSERT INTO ${table} (${COLUMNS.join(", ")})`,
    conflict: `ON CONFLICT (${KEYS.join(", ")}) DO UPDATE SET ${set.join(", ")}`,
  };
}

function rowOf(index: number, round: number, cluster: string): unknown[] {
  const uid = `0a0a0a0a-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const payload = JSON.stringify({ kind: "Service", name: `item-${index}`, round });
  return [
    "shop",
    "inventory",
    "services",
    uid,
    cluster,
    "shop",
    payload,
    // With a blank, as the server takes it for a time of day too.
    new Date(1_760_000_000_000 + round).toISOString().replace("T", " "),
  ];
}
