import { startControlPlane } from "../../lab/control-plane/control-plane";

/** Starts a control plane, prints where it is on one line, and then waits to be killed. */
async function main(): Promise<void> {
  const { dataDir, processes } = await startControlPlane({ audit: false });
  const pids = [processes.etcd, processes.apiServer, processes.controllers].map((part) => part?.pid);
  console.log(JSON.stringify({ dataDir, pids }));
}

void main();
