import { parseArgs } from "node:util";
import { publishCluster } from "../lab/control-plane/published-clusters";
import { ACTS } from "../lab/demo/acts";
import { ALL_NEEDS } from "../lab/backends";
import { startDemo, type Act, type Demo } from "../lab/demo/demo";
import { createScreen, type Screen } from "../lab/demo/screen";
import { checkPrerequisites, clusterPrerequisites } from "../lab/prerequisites";
import { aborted, interruptible, runMain } from "./run-main";

const USAGE = `Usage: npm run demo [-- --all] [--keep]

Starts a Kubernetes API server, a PostgreSQL server and the operator on free ports of loopback, applies the page's own
example, shows what kubectl shows, and checks all that is promised. Then one test per backend runs, all at once: of
those whose servers start without being built first. Nothing is left running.

  --all    every backend; the first time, their servers are built or fetched, which takes some minutes and needs Go,
           Java, Maven and Git
  --keep   afterwards leave everything running until Ctrl-C, and print how to reach it
  --help   print this

With KUBEBUILDER_ASSETS set, the etcd, kube-apiserver and kubectl in that folder are used. Otherwise they are built
once, which takes some minutes and needs Go.

Exit code: 0 when everything came out as promised, 1 when not, 130 when it was interrupted.`;

async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: { all: { type: "boolean" }, keep: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(USAGE);
  const { all = false, keep = false } = values;
  await checkPrerequisites([...clusterPrerequisites([], process.env), ...(all ? ALL_NEEDS : [])]);
  const screen = createScreen(process.stdout, process.env);
  const began = Date.now();
  const finished = await interruptible((signal) => show(screen, { all, keep, signal }));
  if (!finished) return screen.say("\nInterrupted. Nothing is left running.");
  screen.say(`Nothing is left running. It took ${Math.round((Date.now() - began) / 1000)} s.`);
}

interface ShowOptions {
  readonly all: boolean;
  readonly keep: boolean;
  readonly signal: AbortSignal;
}

async function show(screen: Screen, { all, keep, signal }: ShowOptions): Promise<void> {
  const demo = await startDemo({ screen, signal, env: process.env, all });
  try {
    const failure = await playAll(demo, screen, signal);
    if (failure !== undefined) screen.failed(failure);
    else screen.say("\nEverything came out as promised.");
    if (keep) await hold(demo, screen, signal);
    if (failure !== undefined) process.exitCode = 1;
  } finally {
    await demo.stop();
  }
}

/** Why and where the demo ended early, or undefined. */
async function playAll(demo: Demo, screen: Screen, signal: AbortSignal): Promise<string | undefined> {
  for (const [index, act] of ACTS.entries()) {
    screen.act(index + 1, act.title);
    try {
      await act.play(demo);
    } catch (error) {
      signal.throwIfAborted();
      return `in act ${describe(index, act)}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

function describe(index: number, { title }: Act): string {
  return `${index + 1} (${title})`;
}

/** Leaves everything up until a person ends it. Rejects when a part ends by itself. */
async function hold({ stage, postgres }: Demo, screen: Screen, signal: AbortSignal): Promise<void> {
  const { cluster, operator } = stage;
  const unpublish = await publishCluster(cluster, process.env);
  try {
    screen.output(`
Everything keeps running until Ctrl-C. In another terminal:

  export KUBECONFIG=${cluster.kubeconfig}
  alias kubectl=${cluster.kubectl}
  kubectl apply -f config/samples/kollect_v1alpha1_kollectconnectiontest.yaml
  kubectl get kconntest -o wide -w

API server   ${cluster.url}, context ${cluster.context}
PostgreSQL   ${postgres.host}:${postgres.port}, with the sample's user, password and database
Logs         ${operator.directory} (operator), ${cluster.dataDir} (control plane)
`);
    await ended(stage, signal);
  } finally {
    await unpublish();
  }
}

async function ended({ cluster, operator }: Demo["stage"], signal: AbortSignal): Promise<void> {
  const { etcd, apiServer } = cluster.processes;
  const parts = [...operator.processes, etcd, apiServer];
  const crashes = parts.map(async ({ exited, logFile }) => {
    await exited;
    throw new Error(`a part has ended by itself; its log is ${logFile}`);
  });
  for (const crash of crashes) crash.catch(() => undefined); // stopping ends them all, which is no crash
  await Promise.race([aborted(signal), ...crashes]);
}

runMain(main);
