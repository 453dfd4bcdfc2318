import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild, startInOwnFolder } from "../programs/child";
import { edition } from "../programs/edition";
import { startOpenSsh } from "./openssh";
import type { GitSshOptions, GitSshServer } from "./ssh-options";
import { gitEnvironment } from "./repositories";
import { ownGoProgram } from "../programs/go-program";

const SOURCES = fileURLToPath(new URL("sshd/go", import.meta.url));

export type { GitSshOptions, GitSshServer, SshAccount } from "./ssh-options";

/** Starts a server; rejects with its output when it does not come up within 20 s. */
export async function startGitSsh(options: GitSshOptions): Promise<GitSshServer> {
  if (edition() === "second") return startOpenSsh(options);
  const program = await gitSshd();
  return startInOwnFolder("git-sshd", async (folder) => {
    const config = join(folder, "config.json");
    await writeFile(config, JSON.stringify({ acceptEnv: true, ...options }), { mode: 0o600 });
    const child = await startChild(program, {
      args: ["-config", config],
      cwd: folder,
      env: gitEnvironment(folder),
      ready: /listening on port \d+\n/,
      readyWithinMs: 20_000,
      stopSignal: "SIGTERM",
    });
    const [, port] = /listening on port (\d+)/.exec(child.output()) ?? [];
    return { host: "127.0.0.1", port: Number(port), stop: child.stop };
  });
}

function gitSshd(): Promise<string> {
  return ownGoProgram({ name: "git-sshd", sources: SOURCES, duration: "about 20 s" });
}

export { gitSshd as install };
