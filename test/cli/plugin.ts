import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundlePlugin } from "../../lab/bundle/plugin";

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Closes standard output before anything is written, as `| head -0` does. */
  readonly isDeaf?: true;
  /** Sent when what it has written matches; with `again`, once more after so many milliseconds. */
  readonly kill?: { readonly when: RegExp; readonly signal: NodeJS.Signals; readonly again?: number };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The plugin as `npm run build` makes it, in a folder of its own. */
export interface Plugin {
  /** A folder for the test's files. */
  readonly folder: string;
  /** Size of the bundle. */
  readonly bytes: number;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): void;
}

const TIMEOUT_MS = 90_000;

/** Bundles the plugin. It runs with an empty home and nothing of this process's environment. */
export async function buildPlugin(): Promise<Plugin> {
  const folder = mkdtempSync(join(tmpdir(), "kollect-plugin-"));
  const file = join(folder, "kubectl-kollect");
  const bytes = await bundlePlugin(file);
  return {
    folder,
    bytes,
    run: (args, options) => runFile(file, args, { ...options, env: { HOME: folder, ...options?.env } }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runFile(file: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { input, env, kill, isDeaf } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      env: { ...env },
      timeout: TIMEOUT_MS,
    });
    let stdout = "";
    let stderr = "";
    const look = (): void => {
      if (!kill?.when.test(stdout + stderr) || child.killed) return;
      child.kill(kill.signal);
      if (kill.again !== undefined) setTimeout(() => child.kill(kill.signal), kill.again);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      look();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      look();
    });
    if (isDeaf) child.stdout.destroy();
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => undefined); // it may end before it has read everything
    child.stdin.end(input ?? "");
  });
}
