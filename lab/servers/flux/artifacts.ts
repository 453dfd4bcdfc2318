import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Files of a commit, by their paths. */
export type Tree = Readonly<Record<string, string>>;

/** `status.artifact` of a source, as source-controller writes it. */
export interface Artifact {
  readonly digest: string;
  readonly lastUpdateTime: string;
  readonly path: string;
  readonly revision: string;
  readonly size: number;
  readonly url: string;
}

/** Stands for source-controller: packs commits and serves them on loopback. */
export interface ArtifactServer {
  /** @param branch names the repository; its commits are told apart by their content */
  publish(branch: string, tree: Tree): Promise<Artifact>;
  stop(): Promise<void>;
}

/** Starts one. */
export async function startArtifacts(): Promise<ArtifactServer> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-artifacts-"));
  const archives = new Map<string, Buffer>();
  const server = createServer(({ url = "" }, response) => {
    const archive = archives.get(url);
    response.writeHead(archive ? 200 : 404).end(archive);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    publish: async (branch, tree) => {
      const archive = await pack(await mkdtemp(join(folder, "commit-")), tree);
      const commit = createHash("sha1").update(branch).update(archive).digest("hex");
      const path = `/${branch}/${commit}.tar.gz`;
      archives.set(path, archive);
      return {
        digest: `sha256:${createHash("sha256").update(archive).digest("hex")}`,
        lastUpdateTime: `${new Date().toISOString().slice(0, 19)}Z`,
        path: path.slice(1),
        revision: `${branch}@sha1:${commit}`,
        size: archive.length,
        url: `http://127.0.0.1:${port}${path}`,
      };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function pack(folder: string, tree: Tree): Promise<Buffer> {
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, "tree", path)), { recursive: true });
    await writeFile(join(folder, "tree", path), text);
  }
  const file = join(folder, "archive.tar.gz");
  await promisify(execFile)("tar", ["-czf", file, "-C", join(folder, "tree"), "."]);
  return readFile(file);
}
