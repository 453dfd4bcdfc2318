import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Cluster } from "./types";
import { waitUntil } from "./wait";

/** Settings of one call. */
export interface KubectlOptions {
  /** Its standard input. */
  readonly input?: string | undefined;
  /** Another user's kubeconfig, instead of the cluster's own. */
  readonly kubeconfig?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a call ended. */
export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const DEADLINE_MS = 60_000;

/** Runs kubectl against the cluster, for at most a minute. Rejects only when it could not run to its end. */
export async function tryKubectl(
  cluster: Pick<Cluster, "kubectl" | "kubeconfig">,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const kubeconfig = options.kubeconfig ?? cluster.kubeconfig;
  const child = spawn(cluster.kubectl, ["--kubeconfig", kubeconfig, ...args], {
    signal,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  child.stdin.on("error", () => undefined); // it may end without reading: its exit code says how that went
  child.stdin.end(options.input ?? "");
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** As {@link tryKubectl}, but rejects with what kubectl said when it fails. Returns its standard output. */
export async function kubectl(
  cluster: Pick<Cluster, "kubectl" | "kubeconfig">,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  const result = await tryKubectl(cluster, args, options);
  if (result.code === 0) return result.stdout;
  throw new Error(`kubectl ${args.join(" ")} ended with code ${result.code}: ${result.stderr.trim()}`);
}

/** Waits until the API server serves what CRDs define: `crd --all`, `crd/NAME` or `-f FILE`. */
export async function established(
  cluster: Pick<Cluster, "kubectl" | "kubeconfig">,
  crds: readonly string[],
  options: KubectlOptions = {},
): Promise<void> {
  const args = ["wait", "--for=condition=Established", ...crds, "--timeout=30s"];
  const what = { what: `the API server serving ${crds.join(" ")}`, timeoutMs: 60_000 };
  await waitUntil({ ...what, signal: options.signal }, async () => {
    const { code, stderr } = await tryKubectl(cluster, args, options);
    if (code === 0) return true;
    // kubectl itself trips over a status that has no conditions yet.
    if (stderr.includes("accessor error")) return undefined;
    throw new Error(`kubectl ${args.join(" ")} ended with code ${code}: ${stderr.trim()}`);
  });
}
