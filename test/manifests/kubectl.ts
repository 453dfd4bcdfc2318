import { spawn } from "node:child_process";
import type { Cluster } from "../support/control-plane/types";

/** How a kubectl command ended. */
export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const DEADLINE_MS = 60_000;

/** Runs kubectl against the cluster, with `input` as its standard input. Rejects only if it cannot run at all. */
export async function tryKubectl(
  { kubectl, kubeconfig }: Pick<Cluster, "kubectl" | "kubeconfig">,
  args: readonly string[],
  input = "",
): Promise<KubectlResult> {
  const child = spawn(kubectl, ["--kubeconfig", kubeconfig, ...args], {
    timeout: DEADLINE_MS,
    killSignal: "SIGKILL",
  });
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => (printed[stream] += text));
  }
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...printed }));
  });
}

/** As {@link tryKubectl}, but rejects with what kubectl said when it fails. Returns its standard output. */
export async function kubectl(
  cluster: Pick<Cluster, "kubectl" | "kubeconfig">,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const result = await tryKubectl(cluster, args, input);
  if (result.code === 0) return result.stdout;
  throw new Error(`kubectl ${args.join(" ")} ended with code ${result.code}: ${result.stderr}`);
}
