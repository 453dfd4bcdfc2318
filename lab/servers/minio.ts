import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onFreePorts } from "../control-plane/ports";
import { startChild } from "./programs/child";
import { goProgram } from "./programs/go-program";
import { setUser, temporaryKey, type MinioKey, type MinioOrigin, type TemporaryKey } from "./minio-admin";

/** Set to `true` by `npm run test:long`, it has the tests build what only long ones need. */
const LONG_TESTS = "KOLLECT_LONG_TESTS";

/** A MinIO over an empty folder, on loopback. */
export interface Minio extends MinioOrigin {
  /** Where its console listens. */
  readonly consolePort: number;
  /** Creates a user, or gives an existing one other rights. */
  setUser(user: MinioKey, statements: readonly object[]): Promise<void>;
  temporaryKey(user: MinioKey): Promise<TemporaryKey>;
  stop(): Promise<void>;
}

const NAME = "minio";
const HOST = "127.0.0.1";
const ROOT: MinioKey = { accessKeyID: "root-of-tests", secretAccessKey: "root-secret-of-tests" };

/** Builds the program when that is asked for. */
export async function install(): Promise<void> {
  if (process.env[LONG_TESTS] === "true") await program();
}

/** MinIO's own tags are no versions of Go modules. */
function program(): Promise<string> {
  return goProgram({
    name: NAME,
    module: "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
    go: "1.24.0",
    duration: "3 min, or much longer on a busy machine",
  });
}

/** Starts a server; rejects with its output when it does not come up within 60 s. */
export async function startMinio(region = "us-east-1"): Promise<Minio> {
  const command = await program();
  const folder = await mkdtemp(join(tmpdir(), "kollect-minio-"));
  try {
    return await onFreePorts(2, (ports) => start(command, folder, { region, ports }));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(
  command: string,
  folder: string,
  { region, ports }: { readonly region: string; readonly ports: readonly number[] },
): Promise<Minio> {
  const [port = 0, consolePort = 0] = ports;
  const child = await startChild(command, {
    args: [
      ...["--config-dir", join(folder, "config"), "server"],
      ...["--address", `${HOST}:${port}`, "--console-address", `${HOST}:${consolePort}`],
      join(folder, "data"),
    ],
    cwd: folder,
    env: {
      HOME: folder,
      MINIO_ROOT_USER: ROOT.accessKeyID,
      MINIO_ROOT_PASSWORD: ROOT.secretAccessKey,
      MINIO_SITE_REGION: region,
      MINIO_UPDATE: "off",
    },
    ready: /API: http/,
    readyWithinMs: 60_000,
    stopSignal: "SIGTERM",
  });
  const origin = { host: HOST, port, region, root: ROOT };
  return {
    ...origin,
    consolePort,
    setUser: (user, statements) => setUser(origin, user, statements),
    temporaryKey: (user) => temporaryKey(origin, user),
    stop: async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
