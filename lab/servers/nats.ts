import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Issued } from "../pki";
import { startChild, type Child } from "./programs/child";
import { edition, installEditions } from "./programs/edition";
import { goProgram } from "./programs/go-program";

export interface NatsOptions {
  /** Sections of the configuration file; JSON is a form of it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The server's certificate; without one the server has no TLS. */
  readonly tls?: Issued;
  /** Authorities whose client certificates are asked for. */
  readonly clientCa?: string;
  /** More settings of the tls section, such as `handshake_first`. */
  readonly tlsSettings?: Readonly<Record<string, unknown>>;
  readonly jetstream?: boolean;
}

/** A real nats-server on loopback, on a port that the kernel chose. */
export interface NatsServer {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  log(): string;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
/** The second is the oldest that answers what a user may do. */
const VERSIONS = { first: "2.15.2", second: "2.9.25" } as const;
const ANY_PORT = -1;

export function install(): Promise<void> {
  return installEditions((each) => program(VERSIONS[each]));
}

/** Path of the server's program, built when the cache does not have it. */
function program(version: string): Promise<string> {
  return goProgram({
    name: "nats-server",
    module: `github.com/nats-io/nats-server/v2@v${version}`,
    go: "1.25.0",
    duration: "about 40 s",
  });
}

/** Starts a server; rejects with its output when it does not come up within 20 s. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const version = VERSIONS[edition()];
  const command = await program(version);
  const folder = await mkdtemp(join(tmpdir(), "kollect-nats-"));
  let child: Child | undefined;
  const stop = async (): Promise<void> => {
    await child?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const config = {
      listen: `${HOST}:${ANY_PORT}`,
      ...(options.jetstream ? { jetstream: { store_dir: join(folder, "jetstream") } } : {}),
      ...(await tlsSection(folder, options)),
      ...options.config,
    };
    const file = join(folder, "nats.conf");
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    child = await startChild(command, {
      args: ["-c", file],
      cwd: folder,
      ready: /Server is ready/,
      readyWithinMs: 20_000,
      // An orderly shutdown waits for clients to leave.
      stopSignal: "SIGKILL",
    });
    return { host: HOST, port: portIn(child.output()), version, log: child.output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portIn(log: string): number {
  const port = /Listening for client connections on [^\s]*:(\d+)/.exec(log)?.[1];
  if (port === undefined) throw new Error(`nats-server did not say where it listens: ${log}`);
  return Number(port);
}

async function tlsSection(folder: string, options: NatsOptions): Promise<{ tls?: object }> {
  const { tls, clientCa, tlsSettings } = options;
  if (!tls) return {};
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  return {
    tls: {
      cert_file: await file("server.crt", tls.cert),
      key_file: await file("server.key", tls.key),
      ...(clientCa === undefined ? {} : { ca_file: await file("client-ca.crt", clientCa), verify: true }),
      ...tlsSettings,
    },
  };
}
