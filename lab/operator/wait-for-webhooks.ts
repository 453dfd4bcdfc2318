import { lastLines } from "../control-plane/managed-process";
import { waitUntil } from "../control-plane/wait";
import { DEFAULT_TESTS, tryCreate } from "./dry-run";
import { KubeApiError, type KubeApi } from "./kube-api";
import type { OperatorProcess } from "./operator-process";

const TIMEOUT_MS = 15_000;
const WEBHOOKS = ["mutate", "validate"];

/**
 * Waits until the API server sends new objects to both webhooks, which it starts to do some time after it accepted
 * their configurations. Asks by creating a test in a dry run, of which nothing is stored.
 */
export async function waitForWebhooks(
  api: KubeApi,
  admission: OperatorProcess,
  signal?: AbortSignal,
): Promise<void> {
  let answer = "";
  const wait = { what: "the API server's call of both webhooks", timeoutMs: TIMEOUT_MS, signal };
  try {
    await waitUntil(wait, async () => {
      // Whether the test is accepted does not matter here, only who was asked.
      const created = await tryCreate(api);
      answer = "refusal" in created ? created.refusal : "accepted";
      return WEBHOOKS.every((webhook) => admission.calledWebhooks().includes(webhook)) || undefined;
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const called = admission.calledWebhooks().join(" and ") || "none";
    const hint = `it has to reach https://localhost:${admission.port} on this machine; called so far: ${called}`;
    const message = `${(error as Error).message}: ${hint}. Its last answer: ${answer}`;
    throw new Error(`${message}\n${await lastLines(admission.logFile)}`, { cause: error });
  }
}

/** Rejects when the cluster does not know KollectConnectionTest. */
export async function requireTestKind(api: KubeApi): Promise<void> {
  try {
    await api.request({ method: "GET", path: `${DEFAULT_TESTS}?limit=1` });
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 404) throw error;
    throw new Error("the CRD kollectconnectiontests.kollect.dev is not installed: apply config/crd first", {
      cause: error,
    });
  }
}
