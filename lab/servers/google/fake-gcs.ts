import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onFreePort } from "../../control-plane/ports";
import { startChild } from "../programs/child";
import { goProgram } from "../programs/go-program";

/** A real implementation of Cloud Storage's JSON API on loopback, over plain HTTP and without authentication. */
export interface FakeGcs {
  readonly host: string;
  readonly port: number;
  createBucket(bucket: string): Promise<void>;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Path of the program, which is built when it is not in the cache. */
export function install(): Promise<string> {
  return goProgram({
    name: "fake-gcs-server",
    module: "github.com/fsouza/fake-gcs-server@v1.56.1",
    go: "1.26.0",
    duration: "about 80 s",
  });
}

/** Starts an empty one; rejects with its output when it does not come up within 20 s. */
export async function startFakeGcs(): Promise<FakeGcs> {
  const program = await install();
  const folder = await mkdtemp(join(tmpdir(), "kollect-gcs-"));
  try {
    return await onFreePort((port) => start(program, folder, port));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(program: string, folder: string, port: number): Promise<FakeGcs> {
  const child = await startChild(program, {
    args: ["-backend", "memory", "-scheme", "http", "-host", HOST, "-port", String(port)],
    cwd: folder,
    ready: /server started at/,
    readyWithinMs: 20_000,
    stopSignal: "SIGTERM",
  });
  return {
    host: HOST,
    port,
    createBucket: async (bucket) => {
      const answer = await fetch(`http://${HOST}:${port}/storage/v1/b?project=tests`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: bucket }),
      });
      if (!answer.ok) throw new Error(`bucket ${bucket}: HTTP ${answer.status} ${await answer.text()}`);
    },
    stop: async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
