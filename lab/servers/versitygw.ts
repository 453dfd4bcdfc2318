import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Issued } from "../pki";
import { freePort, onFreePort } from "../control-plane/ports";
import { startChild, type Child } from "./programs/child";
import { startMinio } from "./minio";
import { edition } from "./programs/edition";
import { goProgram } from "./programs/go-program";

export interface S3ServerOptions {
  /** The server's certificate; without one it speaks plain HTTP. */
  readonly tls?: Issued;
  /** Buckets also answer as `bucket.DOMAIN`. */
  readonly virtualDomain?: string;
  readonly region?: string;
  /** Keeps connections open between requests, as AWS does; otherwise each answer ends one. */
  readonly keepAlive?: boolean;
}

/** A real S3 service on loopback over an empty folder: versitygw, or MinIO. */
export interface S3Server {
  readonly host: string;
  readonly port: number;
  readonly root: { readonly accessKeyID: string; readonly secretAccessKey: string };
  createUser(accessKeyID: string, secretAccessKey: string): Promise<void>;
  createBucket(bucket: string, owner: string): Promise<void>;
  /** What clients asked, as the server's log tells; the older ones may be gone. */
  requests(): readonly { readonly method: string; readonly path: string }[];
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const DEFAULT_REGION = "us-east-1";
const ROOT = { accessKeyID: "root-of-tests", secretAccessKey: "root-secret-of-tests" };
const run = promisify(execFile);

/** Path of the program, which is built when it is not in the cache. */
export function install(): Promise<string> {
  return goProgram({
    name: "versitygw",
    module: "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
    go: "1.25.0",
    duration: "about 1 min",
  });
}

/** Starts a server; rejects with its output when it does not come up within 20 s. */
export async function startS3(options: S3ServerOptions = {}): Promise<S3Server> {
  if (edition() === "second") return minioInItsPlace(options);
  const program = await install();
  const folder = await mkdtemp(join(tmpdir(), "kollect-s3-"));
  try {
    return await onFreePort((port) => start(program, folder, { ...options, port }));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** As at versitygw, a user may do everything in the buckets that it owns, and nothing in others. */
async function minioInItsPlace({ tls, region, virtualDomain }: S3ServerOptions): Promise<S3Server> {
  if (virtualDomain !== undefined) throw new Error("MinIO of the tests has no virtual domain");
  const { setUser, createBucket, ...minio } = await startMinio(region, tls);
  const secrets = new Map<string, string>();
  const statements = new Map<string, object[]>();
  const grant = (accessKeyID: string): Promise<void> => {
    const secretAccessKey = secrets.get(accessKeyID);
    if (secretAccessKey === undefined) throw new Error(`MinIO has no user ${accessKeyID}`);
    return setUser({ accessKeyID, secretAccessKey }, statements.get(accessKeyID) ?? []);
  };
  return {
    ...minio,
    createUser: (accessKeyID, secretAccessKey) => {
      secrets.set(accessKeyID, secretAccessKey);
      return grant(accessKeyID);
    },
    createBucket: async (bucket, owner) => {
      await createBucket(bucket);
      const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
      const everything = { Effect: "Allow", Action: "s3:*", Resource };
      statements.set(owner, [...(statements.get(owner) ?? []), everything]);
      await grant(owner);
    },
    requests: () => {
      throw new Error("MinIO's log names no requests");
    },
  };
}

interface StartOptions extends S3ServerOptions {
  readonly port: number;
}

async function start(program: string, folder: string, options: StartOptions): Promise<S3Server> {
  const adminPort = await freePort();
  const child = await startChild(program, {
    args: await serverArguments(folder, options, adminPort),
    cwd: folder,
    env: { ROOT_ACCESS_KEY: ROOT.accessKeyID, ROOT_SECRET_KEY: ROOT.secretAccessKey },
    ready: /Admin service listening on/,
    readyWithinMs: 20_000,
    stopSignal: "SIGTERM",
  });
  try {
    await answers(adminPort, child);
  } catch (error) {
    await child.stop();
    throw error;
  }
  const admin = (...args: readonly string[]): Promise<void> =>
    runAdmin(program, { adminPort, region: options.region }, args);
  return {
    host: HOST,
    port: options.port,
    root: ROOT,
    createUser: (access, secret) =>
      admin("create-user", "--access", access, "--secret", secret, "--role", "user"),
    createBucket: (bucket, owner) => admin("create-bucket", "--bucket", bucket, "--owner", owner),
    requests: () =>
      [...child.output().matchAll(/\| vgw \| \d+ \|[^|]*\|[^|]*\| ([A-Z]+) \| (\S+)/g)].map(
        ([, method = "", path = ""]) => ({ method, path }),
      ),
    stop: async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function serverArguments(folder: string, options: StartOptions, adminPort: number): Promise<string[]> {
  const { tls, virtualDomain, region = DEFAULT_REGION, port } = options;
  const path = (name: string): string => join(folder, name);
  await Promise.all(["iam", "sidecar", "buckets"].map((name) => mkdir(path(name), { recursive: true })));
  if (tls) {
    await writeFile(path("tls.crt"), tls.cert);
    await writeFile(path("tls.key"), tls.key, { mode: 0o600 });
  }
  return [
    ...["--iam-dir", path("iam"), "--region", region, "--health", "/healthz", "--iam-cache-disable"],
    ...["--port", `${HOST}:${port}`, "--admin-port", `${HOST}:${adminPort}`],
    ...(tls ? ["--cert", path("tls.crt"), "--key", path("tls.key")] : []),
    ...(options.keepAlive ? ["--keep-alive"] : []),
    ...(virtualDomain ? ["--virtual-domain", virtualDomain] : []),
    ...["posix", "--sidecar", path("sidecar"), path("buckets")],
  ];
}

async function runAdmin(
  program: string,
  {
    adminPort,
    region = DEFAULT_REGION,
  }: { readonly adminPort: number; readonly region?: string | undefined },
  args: readonly string[],
): Promise<void> {
  await run(program, ["admin", "--endpoint-url", `http://${HOST}:${adminPort}`, ...args], {
    env: {
      PATH: process.env.PATH,
      ADMIN_ACCESS_KEY: ROOT.accessKeyID,
      ADMIN_SECRET_KEY: ROOT.secretAccessKey,
      ADMIN_REGION: region,
    },
  });
}

/** It prints its addresses before it listens. */
async function answers(port: number, child: Child): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await isOpen(port))) {
    if (Date.now() > end) throw new Error(`versitygw does not answer: ${child.output()}`);
    await sleep(20);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: HOST, port, path: "/", agent: false }, (answer) => {
      answer.resume();
      resolve(true);
    });
    asked.once("error", () => resolve(false));
    asked.end();
  });
}
