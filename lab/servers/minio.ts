import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onFreePorts } from "../control-plane/ports";
import type { Issued } from "../pki";
import { startChild } from "./programs/child";
import { installedEditions } from "./programs/edition";
import { goProgram } from "./programs/go-program";
import {
  createBucket,
  setUser,
  temporaryKey,
  type MinioKey,
  type MinioOrigin,
  type TemporaryKey,
} from "./minio-admin";

/** A MinIO over an empty folder, on loopback. */
export interface Minio extends MinioOrigin {
  /** Where its console listens. */
  readonly consolePort: number;
  /** Creates a user, or gives an existing one other rights. */
  setUser(user: MinioKey, statements: readonly object[]): Promise<void>;
  temporaryKey(user: MinioKey): Promise<TemporaryKey>;
  createBucket(bucket: string): Promise<void>;
  stop(): Promise<void>;
}

const NAME = "minio";
const HOST = "127.0.0.1";
const ROOT: MinioKey = { accessKeyID: "root-of-tests", secretAccessKey: "root-secret-of-tests" };

/** Builds the program when that is asked for. */
export async function install(): Promise<void> {
  if (installedEditions().includes("second")) await program();
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
export async function startMinio(region = "us-east-1", tls?: Issued): Promise<Minio> {
  const command = await program();
  const folder = await mkdtemp(join(tmpdir(), "kollect-minio-"));
  try {
    return await onFreePorts(2, (ports) => start(command, folder, { region, ports, tls }));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(
  command: string,
  folder: string,
  { region, ports, tls }: { region: string; ports: readonly number[]; tls: Issued | undefined },
): Promise<Minio> {
  const certificates = join(folder, "certificates");
  await mkdir(certificates, { recursive: true });
  if (tls) await writeFile(join(certificates, "public.crt"), tls.cert);
  if (tls) await writeFile(join(certificates, "private.key"), tls.key, { mode: 0o600 });
  const [port = 0, consolePort = 0] = ports;
  const child = await startChild(command, {
    args: [
      ...["--config-dir", join(folder, "config"), "server", "--certs-dir", certificates],
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
    ready: /API: https?:/,
    readyWithinMs: 60_000,
    stopSignal: "SIGTERM",
  });
  const origin = { host: HOST, port, region, root: ROOT, secure: tls !== undefined };
  return {
    ...origin,
    consolePort,
    setUser: (user, statements) => setUser(origin, user, statements),
    temporaryKey: (user) => temporaryKey(origin, user),
    createBucket: (bucket) => createBucket(origin, bucket),
    stop: async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
