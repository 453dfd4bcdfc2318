import { execFile } from "node:child_process";
import { chmod, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { onFreePort } from "../control-plane/ports";
import type { Issued } from "../pki";
import { startChild, startInOwnFolder } from "./programs/child";
import { librariesIn, possibleDebianPrograms, type MissingProgram } from "./programs/debian";

export interface PgBouncerOptions {
  /** Lines of its section `[databases]`. */
  readonly databases: Readonly<Record<string, string>>;
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
  /** Lines of its section `[pgbouncer]`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Its certificate; without one it has no TLS. */
  readonly tls?: Issued;
}

export interface PgBouncer {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
/** Numeric ids of `nobody` on Linux; PgBouncer refuses to run as root. */
const UNPRIVILEGED = { uid: 65534, gid: 65534 };
const PACKAGES = ["pgbouncer", "libevent-2.1-7t64|libevent-2.1-7", "libc-ares2"];

/** A PgBouncer, as Debian packages it. */
export interface PgBouncerProgram {
  readonly path: string;
  /** Folder of its libraries. */
  readonly libraries: string;
}

/** The PgBouncer of the tests, or why there is none. */
export async function findPgBouncer(): Promise<PgBouncerProgram | MissingProgram> {
  const found = await possibleDebianPrograms({ name: "pgbouncer", packages: PACKAGES });
  if ("missing" in found) return found;
  return { path: join(found.folder, "usr/sbin/pgbouncer"), libraries: await librariesIn(found.folder) };
}

export { findPgBouncer as install };

/** Whether this PgBouncer keeps prepared statements when it pools transactions, as it does by default since 1.24. */
export async function keepsPrepared({ path, libraries }: PgBouncerProgram): Promise<boolean> {
  const { stdout } = await promisify(execFile)(path, ["--version"], { env: { LD_LIBRARY_PATH: libraries } });
  const [, major = "0", minor = "0"] = /PgBouncer (\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 1 || Number(minor) >= 24;
}

/** Starts a pooler on loopback; rejects with its output when it does not come up within 10 s. */
export async function startPgBouncer(
  program: PgBouncerProgram,
  options: PgBouncerOptions,
): Promise<PgBouncer> {
  return startInOwnFolder("pgbouncer", async (folder) => {
    await chmod(folder, 0o755);
    // A copy, because the unprivileged user may not be able to read the cache.
    const copy = { path: join(folder, "pgbouncer"), libraries: join(folder, "lib") };
    await cp(program.path, copy.path);
    await cp(program.libraries, copy.libraries, { recursive: true, dereference: true });
    const { child, port } = await onFreePort((free) => start(copy, { folder, port: free, options }));
    return { host: HOST, port, stop: child.stop };
  });
}

interface Start {
  readonly folder: string;
  readonly port: number;
  readonly options: PgBouncerOptions;
}

async function start(program: PgBouncerProgram, { folder, port, options }: Start) {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o644 });
    return join(folder, name);
  };
  const users = Object.entries(options.users).map(
    ([user, password]) => `"${user}" "${password.replaceAll('"', '""')}"\n`,
  );
  const { tls } = options;
  const settings = {
    listen_addr: HOST,
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: await file("users.txt", users.join("")),
    ...(tls
      ? {
          client_tls_sslmode: "require",
          client_tls_cert_file: await file("server.crt", tls.cert),
          client_tls_key_file: await file("server.key", tls.key),
        }
      : {}),
    ...options.settings,
  };
  const lines = (values: object): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} = ${String(value)}\n`)
      .join("");
  const text = `[databases]\n${lines(options.databases)}[pgbouncer]\n${lines(settings)}`;
  const child = await startChild(program.path, {
    args: [await file("pgbouncer.ini", text)],
    cwd: folder,
    env: { LD_LIBRARY_PATH: program.libraries },
    ...(process.getuid?.() === 0 ? UNPRIVILEGED : {}),
    ready: /process up:/,
    readyWithinMs: 10_000,
    stopSignal: "SIGTERM",
  });
  return { child, port };
}
