import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient, type Document } from "mongodb";
import type { Issued } from "../../pki";
import { freePort, onFreePort } from "../../control-plane/ports";
import { startChild, type Child } from "../programs/child";
import { ferretdbProgram } from "./ferretdb-program";

export interface FerretdbOptions {
  /** The server's certificate; without one the server has no port for TLS. */
  readonly tls?: Issued;
  /** Authorities of client certificates, which TLS asks for then. */
  readonly clientCa?: string;
}

/** A real server of MongoDB's protocol on loopback, over an empty SQLite database. */
export interface FerretdbServer {
  readonly host: string;
  readonly port: number;
  /** Where it speaks TLS; the plain port when it has none. */
  readonly tlsPort: number;
  /** The database that its users live in. */
  readonly authSource: string;
  /** Runs a command as the first user. */
  command(database: string, command: Document): Promise<Document>;
  /** The end of the server's log. */
  log(): string;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const AUTH_SOURCE = "app";
const ADMIN = { username: "admin-of-tests", password: "admin-secret-of-tests" };

/** Starts a server; rejects with its output when it does not come up within 30 s. */
export async function startFerretdb(options: FerretdbOptions = {}): Promise<FerretdbServer> {
  const program = await ferretdbProgram();
  const folder = await mkdtemp(join(tmpdir(), "kollect-ferretdb-"));
  try {
    return await onFreePort((port) => start(program, folder, { ...options, port }));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(
  program: string,
  folder: string,
  options: FerretdbOptions & { readonly port: number },
): Promise<FerretdbServer> {
  const { port, tls } = options;
  const tlsPort = tls ? await freePort() : port;
  const child = await startChild(program, {
    args: [
      ...["--handler=sqlite", `--sqlite-url=file:${folder}/`, `--state-dir=${folder}`],
      ...["--debug-addr=-", "--telemetry=disable", "--test-enable-new-auth=true"],
      `--setup-database=${AUTH_SOURCE}`,
      `--setup-username=${ADMIN.username}`,
      `--setup-password=${ADMIN.password}`,
      `--listen-addr=${HOST}:${port}`,
      ...(tls ? await tlsArguments(folder, tls, { clientCa: options.clientCa, port: tlsPort }) : []),
    ],
    cwd: folder,
    ready: tls ? /(Listening on T(CP|LS)[\s\S]*){2}/ : /Listening on TCP/,
    readyWithinMs: 30_000,
    stopSignal: "SIGTERM",
  });
  return describe(child, folder, { port, tlsPort });
}

async function tlsArguments(
  folder: string,
  { cert, key }: Issued,
  { clientCa, port }: { readonly clientCa: string | undefined; readonly port: number },
): Promise<string[]> {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return [
    `--listen-tls=${HOST}:${port}`,
    `--listen-tls-cert-file=${await file("server.crt", cert)}`,
    `--listen-tls-key-file=${await file("server.key", key)}`,
    ...(clientCa === undefined ? [] : [`--listen-tls-ca-file=${await file("client-ca.crt", clientCa)}`]),
  ];
}

function describe(
  child: Child,
  folder: string,
  ports: { readonly port: number; readonly tlsPort: number },
): FerretdbServer {
  return {
    host: HOST,
    ...ports,
    authSource: AUTH_SOURCE,
    command: (database, command) => runCommand(ports.port, database, command),
    log: child.output,
    stop: async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function runCommand(port: number, database: string, command: Document): Promise<Document> {
  const client = new MongoClient(`mongodb://${HOST}:${port}/`, {
    auth: ADMIN,
    authSource: AUTH_SOURCE,
    serverSelectionTimeoutMS: 5000,
  });
  try {
    return await client.db(database).command(command);
  } finally {
    await client.close(true);
  }
}
