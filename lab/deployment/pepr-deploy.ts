import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../control-plane/types";
import { runCommand } from "../operator/run-command";

/** What to deploy with the framework's own command. */
export interface PeprDeployOptions {
  readonly cluster: Pick<Cluster, "kubeconfig">;
  readonly checkout: string;
  /** Of the person who deploys: nothing of the real one is read or written. */
  readonly home: string;
  /** Instead of the version in package.json. */
  readonly version: string;
  /** Added to `pepr.env` of package.json. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

interface PackageJson {
  readonly pepr: { readonly env: Readonly<Record<string, string>> };
}

/** The command itself waits without a limit. */
const TIMEOUT_MS = 240_000;

/**
 * Runs `npx pepr deploy --yes` in a copy of the checkout's sources, against the current context of the cluster's
 * kubeconfig. Resolves with what it printed when it ends with exit code 0, and rejects otherwise.
 */
export async function peprDeploy(options: PeprDeployOptions): Promise<string> {
  const { cluster, home, signal } = options;
  const project = join(home, "project");
  rmSync(project, { recursive: true, force: true });
  copySources(options, project);
  return runCommand({
    command: "npx",
    args: ["--offline", "pepr", "deploy", "--yes"],
    cwd: project,
    env: { PATH: `${process.env["PATH"]}`, HOME: home, KUBECONFIG: cluster.kubeconfig, CI: "true" },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
}

function copySources({ checkout, version, env }: PeprDeployOptions, project: string): void {
  mkdirSync(project, { recursive: true, mode: 0o700 });
  cpSync(join(checkout, "capabilities"), join(project, "capabilities"), { recursive: true });
  for (const name of ["pepr.ts", "tsconfig.json"]) copyFileSync(join(checkout, name), join(project, name));
  symlinkSync(join(checkout, "node_modules"), join(project, "node_modules"));
  const manifest = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as PackageJson;
  const pepr = { ...manifest.pepr, env: { ...manifest.pepr.env, ...env } };
  writeFileSync(join(project, "package.json"), JSON.stringify({ ...manifest, version, pepr }, undefined, 2));
}
