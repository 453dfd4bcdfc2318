import { ANNOTATIONS } from "../../capabilities/api/vocabulary";
import { waitUntil } from "../control-plane/wait";
import { tryCreate } from "../operator/dry-run";
import type { KubeApi } from "../operator/kube-api";

const TIMEOUT_MS = 30_000;

/**
 * Waits until new tests pass through admission, which shows by the name that it writes on them. Asks by creating a
 * test in a dry run, of which nothing is stored.
 */
export async function waitForAdmission(api: KubeApi, signal?: AbortSignal): Promise<void> {
  let answer = "none";
  try {
    await waitUntil({ what: "admission of a test", timeoutMs: TIMEOUT_MS, signal }, async () => {
      answer = await answerOf(api);
      return answer === "admitted" || undefined;
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error(`${(error as Error).message}. The last answer: ${answer}`, { cause: error });
  }
}

async function answerOf(api: KubeApi): Promise<string> {
  const created = await tryCreate(api);
  if ("refusal" in created) return created.refusal;
  const { annotations } = created.metadata;
  return annotations?.[ANNOTATIONS.requestedBy] ? "admitted" : "accepted without being admitted";
}
