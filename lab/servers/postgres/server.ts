import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { Issued } from "../../pki";
import { onFreePort } from "../../control-plane/ports";
import { startChild, type Child } from "../programs/child";
import { postgresBinaries, type PostgresBinaries } from "./binaries";

export interface PostgresOptions {
  /** The server's certificate; without one the server has no TLS. */
  readonly tls?: Issued;
  /** Authorities whose client certificates are accepted. */
  readonly clientCa?: string;
  /** Lines of pg_hba.conf in front of the default one, which is SCRAM for all users. */
  readonly hba?: readonly string[];
  /** A hot standby that follows no server: it answers, and takes no writes. */
  readonly standby?: boolean;
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A real PostgreSQL on loopback with a new, empty cluster. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** Its sessions are children of this process. */
  readonly pid: number;
  readonly version: string;
  readonly superuser: { readonly user: string; readonly password: string };
  /** Runs SQL as superuser in a session of its own. */
  sql(text: string, database?: string): Promise<Array<Record<string, unknown>>>;
  /** Sessions of other clients that the server has now. */
  connections(): Promise<number>;
  /** The end of the server's log. */
  log(): string;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const SUPERUSER = { user: "postgres", password: "superuser-of-tests" };

/** Starts a server; rejects with its output when it does not come up within 30 s. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = await postgresBinaries();
  const folder = await mkdtemp(join(tmpdir(), "kollect-postgres-"));
  // For a process that ends before it stops its server.
  const removeWithUs = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeWithUs);
  await give(folder, binaries);
  const remove = async (): Promise<void> => {
    process.off("exit", removeWithUs);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await initialize(folder, binaries, options);
    const server = await onFreePort((port) => start(folder, binaries, port));
    const stop = async (): Promise<void> => {
      await server.stop();
      await remove();
    };
    return { ...server, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function initialize(
  folder: string,
  binaries: PostgresBinaries,
  options: PostgresOptions,
): Promise<void> {
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    await give(path, binaries);
    return path;
  };
  const passwordFile = await file("password", SUPERUSER.password);
  await run(join(binaries.bin, "initdb"), {
    folder,
    binaries,
    args: [
      ...[
        "-D",
        join(folder, "data"),
        "-U",
        SUPERUSER.user,
        "-A",
        "scram-sha-256",
        `--pwfile=${passwordFile}`,
      ],
      ...["-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions"],
    ],
  });
  const { tls, clientCa } = options;
  const settings = {
    listen_addresses: HOST,
    unix_socket_directories: "",
    fsync: "off",
    ...(tls
      ? {
          ssl: "on",
          ssl_cert_file: await file("server.crt", tls.cert),
          ssl_key_file: await file("server.key", tls.key),
        }
      : {}),
    ...(clientCa === undefined ? {} : { ssl_ca_file: await file("client-ca.crt", clientCa) }),
    ...options.settings,
  };
  await file("data/postgresql.auto.conf", Object.entries(settings).map(settingLine).join(""));
  if (options.standby) await file("data/standby.signal", "");
  const admitted = [...(options.hba ?? []), `host all all ${HOST}/32 scram-sha-256`, ""];
  await file("data/pg_hba.conf", admitted.join("\n"));
}

function settingLine([name, value]: readonly [string, string | number]): string {
  return `${name} = '${String(value).replaceAll("'", "''")}'\n`;
}

async function start(folder: string, binaries: PostgresBinaries, port: number): Promise<PostgresServer> {
  const child = await startChild(join(binaries.bin, "postgres"), {
    args: ["-D", join(folder, "data"), "-p", String(port)],
    cwd: folder,
    ...binaries.runAs,
    ready: /database system is ready to accept (read-only )?connections/,
    readyWithinMs: 30_000,
    // Fast shutdown; SIGTERM would wait for clients.
    stopSignal: "SIGINT",
  });
  try {
    return await describe(child, port);
  } catch (error) {
    await child.stop();
    throw error;
  }
}

async function describe(child: Child, port: number): Promise<PostgresServer> {
  const sql: PostgresServer["sql"] = (text, database = "postgres") => runSql(port, database, text);
  const [row] = await sql("SHOW server_version");
  return {
    host: HOST,
    port,
    pid: child.pid,
    version: String(row?.server_version),
    superuser: SUPERUSER,
    sql,
    connections: async () => {
      const [count] = await sql(
        "SELECT count(*)::int AS open FROM pg_stat_activity " +
          "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
      );
      return Number(count?.open);
    },
    log: child.output,
    stop: () => child.stop(),
  };
}

async function runSql(port: number, database: string, text: string): Promise<Array<Record<string, unknown>>> {
  const client = new Client({ host: HOST, port, database, ...SUPERUSER, ssl: false });
  await client.connect();
  try {
    const result = (await client.query(text)) as
      | { rows: Array<Record<string, unknown>> }
      | Array<{ rows: never[] }>;
    return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
  } finally {
    await client.end();
  }
}

async function give(path: string, { runAs }: PostgresBinaries): Promise<void> {
  if (!runAs) return;
  await chmod(path, path.endsWith("data") || !/\.[a-z]+$/.test(path) ? 0o700 : 0o600);
  await chown(path, runAs.uid, runAs.gid);
}

function run(
  command: string,
  options: { readonly folder: string; readonly binaries: PostgresBinaries; readonly args: readonly string[] },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, options.args, {
      cwd: options.folder,
      env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "pipe"],
      ...options.binaries.runAs,
    });
    let output = "";
    const keep = (chunk: Buffer): void => void (output += chunk.toString("utf8"));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code ?? signal}: ${output}`)),
    );
  });
}
