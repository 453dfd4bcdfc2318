import { startProcess } from "../control-plane/managed-process";
import type { ManagedProcess } from "../control-plane/types";
import { waitUntil } from "../control-plane/wait";
import type { Bench } from "./bench";
import { testObject, testsPath } from "./test-objects";
import { watchTests } from "./test-watch";

/** Another operator for the same kind. */
export interface PeerOptions {
  /** As a shell reads it. */
  readonly commandLine: string;
  readonly kubeconfig: string;
  readonly logFile: string;
}

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 1_000;

/** Starts it with `KUBECONFIG` and nothing else but PATH and HOME in its environment. */
export function startPeer({ commandLine, kubeconfig, logFile }: PeerOptions): Promise<ManagedProcess> {
  const { PATH, HOME } = process.env;
  return startProcess({
    name: "the peer",
    command: "/bin/sh",
    args: ["-c", `exec ${commandLine}`],
    env: { PATH, HOME, KUBECONFIG: kubeconfig },
    logFile,
    readyTimeoutMs: READY_WITHIN_MS,
    ready: () => Promise.resolve(true),
  });
}

/** Creates tests until one of them has a verdict: the peer is ready then, however it shows that. */
export async function untilPeerServes(bench: Bench): Promise<void> {
  const namespace = await bench.namespace();
  const watch = await watchTests(bench.client, namespace);
  let index = 0;
  const options = { what: "the peer's first verdict", timeoutMs: READY_WITHIN_MS, intervalMs: ASK_EVERY_MS };
  try {
    await waitUntil(options, async () => {
      if ([...watch.seen.values()].some(({ doneAt }) => doneAt !== undefined)) return true;
      const body = testObject(`ready-${(index += 1)}`, { namespace, sink: "healthy" });
      await bench.client.send({ method: "POST", path: testsPath(namespace), body });
      return undefined;
    });
  } finally {
    watch.close();
  }
}
