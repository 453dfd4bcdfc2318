import { setTimeout as sleep } from "node:timers/promises";
import { startProcess } from "../control-plane/managed-process";
import type { ManagedProcess } from "../control-plane/types";

/** Another operator for the same kind. */
export interface PeerOptions {
  readonly binary: string;
  readonly kubeconfig: string;
  readonly logFile: string;
}

/** It may take that long until its watches are up; what it misses by then, it finds by its first list. */
const SETTLE_MS = 3_000;

/** Starts the binary without arguments, with `KUBECONFIG` and nothing else but PATH and HOME in its environment. */
export async function startPeer({ binary, kubeconfig, logFile }: PeerOptions): Promise<ManagedProcess> {
  const { PATH, HOME } = process.env;
  const started = Date.now();
  return startProcess({
    name: "the peer",
    command: binary,
    args: [],
    env: { PATH, HOME, KUBECONFIG: kubeconfig },
    logFile,
    readyTimeoutMs: 2 * SETTLE_MS,
    ready: async () => {
      await sleep(100);
      return Date.now() - started > SETTLE_MS;
    },
  });
}
