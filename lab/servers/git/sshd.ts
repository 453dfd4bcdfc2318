import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "../programs/child";
import { edition } from "../programs/edition";
import { startOpenSsh } from "./openssh";
import { gitEnvironment } from "./repositories";
import { ownGoProgram } from "../programs/go-program";

const SOURCES = fileURLToPath(new URL("sshd/go", import.meta.url));

/** An account, as the program's Config has it. */
export interface SshAccount {
  readonly authorizedKeys?: readonly string[];
  readonly password?: string;
  readonly secondFactor?: boolean;
  /** Never answered when it logs in. */
  readonly undecided?: boolean;
  readonly mayPush?: boolean;
  readonly noCommands?: boolean;
  readonly noSessions?: boolean;
  readonly silent?: boolean;
  /** Printed instead of running Git. */
  readonly shell?: string;
}

export interface GitSshOptions {
  /** Folder with bare repositories; paths of clients are below it. */
  readonly root: string;
  /** Private keys in PEM. */
  readonly hostKeys: readonly string[];
  readonly users: Readonly<Record<string, SshAccount>>;
  /** Clients may ask for version 2 of Git's protocol, as with sshd's AcceptEnv. */
  readonly acceptEnv?: boolean;
  readonly keyExchanges?: readonly string[];
  /** What an RSA host key signs by, such as `ssh-rsa` alone. */
  readonly hostKeyAlgorithms?: readonly string[];
}

/** Git over SSH on loopback, with another implementation of SSH than the probe's: golang.org/x/crypto, or OpenSSH. */
export interface GitSshServer {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a server; rejects with its output when it does not come up within 20 s. */
export async function startGitSsh(options: GitSshOptions): Promise<GitSshServer> {
  if (edition() === "second") return startOpenSsh(options);
  const program = await gitSshd();
  const folder = await mkdtemp(join(tmpdir(), "kollect-git-sshd-"));
  try {
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
    return {
      host: "127.0.0.1",
      port: Number(port),
      stop: async () => {
        await child.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function gitSshd(): Promise<string> {
  return ownGoProgram({ name: "git-sshd", sources: SOURCES, duration: "about 20 s" });
}

export { gitSshd as install };
