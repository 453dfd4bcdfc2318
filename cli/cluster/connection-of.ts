import type { KubeConfig } from "@kubernetes/client-node";
import { loadConnection, UnusableKubeconfig, type Connection } from "../../capabilities/kube/http/connection";
import type { Clock } from "../../capabilities/lib/clock";
import { clean } from "../../capabilities/probes/messages";
import { broken, type CommandFailure } from "../command-failure";

/** Maximum time for the credentials of a kubeconfig, in milliseconds: an exec plugin may wait for a login. */
const CREDENTIALS_MS = 120_000;

/** The connection of a kubeconfig. Rejects with `CommandFailure`, or with the reason of the signal. */
export async function connectionOf(
  kubeConfig: KubeConfig,
  clock: Clock,
  signal: AbortSignal,
): Promise<Connection> {
  try {
    return await within(CREDENTIALS_MS, signal, loadConnection(clock, kubeConfig));
  } catch (error) {
    signal.throwIfAborted();
    throw unusable(error, kubeConfig);
  }
}

/** Rejects after the time, or with the signal's reason; the work goes on, because it cannot be cancelled. */
async function within<T>(ms: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const over = new Promise<never>((_resolve, reject) => {
    const end = (): void => reject(ended.reason as Error);
    if (ended.aborted) end();
    ended.addEventListener("abort", end, { once: true });
  });
  return Promise.race([work, over]);
}

/** The text of the error may be what an exec plugin has printed, its token included, so it is not shown. */
function unusable(error: unknown, kubeConfig: KubeConfig): CommandFailure {
  if (error instanceof UnusableKubeconfig) return broken(`the kubeconfig cannot be used: ${error.message}`);
  const { code, path, syscall } = error as { code?: unknown; path?: unknown; syscall?: unknown };
  if (typeof path === "string" && syscall === "open")
    return broken(`a file that the kubeconfig names cannot be read (${String(code)}): ${path}`);
  const command = kubeConfig.getCurrentUser()?.exec?.command;
  return typeof command === "string"
    ? broken(pluginFailure(command, error, typeof code === "string" ? ` (${code})` : ""))
    : broken("the kubeconfig cannot be used: check it with kubectl config view");
}

function pluginFailure(command: string, error: unknown, code: string): string {
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  const why = isLate ? ` within ${CREDENTIALS_MS / 1000} s` : code;
  const name = JSON.stringify(clean(command, 128));
  return `the kubeconfig's exec plugin ${name} gave no credentials${why}: run kubectl get --raw /version to see what it prints`;
}
