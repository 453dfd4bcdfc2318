import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitEnvironment } from "../../servers/git/repositories";
import { StepFailed } from "./step";
import type { Engine, Transport } from "./transport";

/** Where an export goes. */
export interface Destination {
  readonly engine: Engine;
  /** The branch that is cloned, and the one that is pushed to. */
  readonly from: string;
  readonly to: string;
  readonly force: boolean;
}

/** The exporter's clone, which it keeps from one export to the next. */
export interface WorkTree {
  /** Fetches, writes the items, commits and pushes. Rejects with `StepFailed`. */
  export(round: number, items: number): Promise<void>;
}

/** A folder for one case, which is removed when the work is done. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-export-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The operations of an export by the git program (facts, 2.6). go-git fetches exactly the branch, which must be there. The
 * engine cli clones by `--branch`, and begins with nothing when the branch or everything is missing.
 */
export function workTree(
  transport: Transport,
  { engine, from, to, force }: Destination,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): WorkTree {
  const tree = join(folder, "tree");
  const git = gitIn(folder, transport, signal);
  async function openGoGit(round: number): Promise<void> {
    if (round === 1) {
      await git("init", ["init", "-q", tree]);
      await git("init", ["-C", tree, "remote", "add", "origin", transport.url]);
    }
    const ref = `+refs/heads/${from}:refs/remotes/origin/${from}`;
    await git("clone", ["-C", tree, "fetch", "-q", "--depth", "1", "origin", ref]);
    await git("checkout", ["-C", tree, "checkout", "-q", "-B", to, `refs/remotes/origin/${from}`]);
  }
  async function openCli(round: number): Promise<void> {
    if (round > 1) {
      await git("fetch", ["-C", tree, "fetch", "-q", "origin", from, "--depth", "1"]);
      return git("checkout", ["-C", tree, "checkout", "-q", "-B", to]);
    }
    const clone = [
      "clone",
      "-q",
      "--branch",
      from,
      "--single-branch",
      "--depth",
      "1",
      "--",
      transport.url,
      tree,
    ];
    try {
      await git("clone", clone);
    } catch (error) {
      if (!(error instanceof StepFailed) || !isEmptyRemote(error.message)) throw error;
      await git("init", ["init", "-q", tree]);
      await git("init", ["-C", tree, "remote", "add", "origin", transport.url]);
      await git("checkout", ["-C", tree, "checkout", "-q", "-B", to]);
    }
  }
  return {
    export: async (round, items) => {
      await (engine === "cli" ? openCli(round) : openGoGit(round));
      await write(tree, round, items);
      await git("add", ["-C", tree, "add", "-A"]);
      await git("commit", ["-C", tree, "commit", "-q", "-m", `export ${round}`]);
      const ref = `${force ? "+" : ""}refs/heads/${to}:refs/heads/${to}`;
      await git("push", ["-C", tree, "push", "-q", "origin", ref]);
    },
  };
}

function isEmptyRemote(output: string): boolean {
  return /remote repository is empty|couldn't find remote ref|repository not found|remote branch .* not found/i.test(
    output,
  );
}

async function write(tree: string, round: number, items: number): Promise<void> {
  const folder = join(tree, "inventory", "shop");
  await mkdir(folder, { recursive: true });
  const lines = Array.from({ length: items }, (_, index) => `- name: item-${index}\n  round: ${round}\n`);
  await writeFile(join(folder, "orders.yaml"), lines.join(""));
}

type Git = (step: string, args: readonly string[]) => Promise<void>;

function gitIn(folder: string, { config, env }: Transport, signal: AbortSignal): Git {
  return (step, args) =>
    new Promise((resolve, reject) => {
      const options = {
        cwd: folder,
        signal,
        env: { ...gitEnvironment(folder), GIT_TERMINAL_PROMPT: "0", ...env },
      };
      execFile("git", ["-c", "credential.helper=", ...config, ...args], options, (error, _stdout, stderr) => {
        if (!error) resolve();
        else if (signal.aborted) reject(signal.reason as Error);
        else reject(new StepFailed(step, stderr.trim().slice(0, 500)));
      });
    });
}
