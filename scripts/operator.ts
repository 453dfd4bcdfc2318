import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheDirectory } from "../lab/control-plane/cache-directory";
import { useContext } from "../lab/control-plane/existing-cluster";
import type { Cluster } from "../lab/control-plane/types";
import { buildModule } from "../lab/operator/build-module";
import { followLog } from "../lab/operator/follow-log";
import { installMissingCrds } from "../lab/operator/crds";
import { openKubeApi } from "../lab/operator/kube-api";
import { type Operator, startOperator } from "../lab/operator/start-operator";
import { aborted, interruptible, runMain } from "./run-main";

const USAGE = `Usage: npm run operator -- --context NAME [--service-account]

Builds the module and runs its admission and watcher processes against a cluster whose API server is on this machine,
until Ctrl-C. Installs the CRDs that are missing, and the webhook configurations, which it removes at the end.

  --context NAME     the kubeconfig context to use. KUBECONFIG's current context is never used without being named
  --service-account  run with the rights of the generated ServiceAccount instead of those of the context's user
  --help             print this

Settings are taken from the environment: KOLLECT_… and LOG_LEVEL.`;

const root = join(import.meta.dirname, "..");

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      context: { type: "string" },
      "service-account": { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(USAGE);
  const { context, "service-account": serviceAccount = false } = values;
  if (!context)
    throw new Error("--context is missing: name the kubeconfig context to use, as in --context NAME");
  await interruptible((signal) => run(context, serviceAccount, signal));
}

async function run(context: string, serviceAccount: boolean, signal: AbortSignal): Promise<void> {
  const cluster = await useContext(context, { env: process.env, signal });
  try {
    console.log(`Using context ${context} at ${cluster.url}`);
    await installCrds(cluster);
    const log = console.log;
    const build = await buildModule({
      root,
      cacheDir: cacheDirectory(process.env),
      env: process.env,
      log,
      signal,
    });
    const { kubeconfig } = cluster;
    const operator = await startOperator({
      kubeconfig,
      context,
      build,
      serviceAccount,
      env: settings(),
      log,
      signal,
    });
    await hold(operator, signal);
  } finally {
    await cluster.stop();
  }
}

async function installCrds(cluster: Cluster): Promise<void> {
  const api = await openKubeApi(cluster.kubeconfig, cluster.context);
  try {
    const installed = await installMissingCrds(api, join(root, "config/crd"));
    for (const name of installed) console.log(`Installed CRD ${name}`);
  } finally {
    api.close();
  }
}

function settings(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[0] === "LOG_LEVEL" || entry[0].startsWith("KOLLECT_"),
  );
  return Object.fromEntries(entries.filter(([name]) => name !== "KOLLECT_CACHE_DIR"));
}

async function hold(operator: Operator, signal: AbortSignal): Promise<void> {
  console.log(`The operator runs. Ctrl-C ends it. Its files are in ${operator.directory}`);
  const follow = new AbortController();
  const logs = operator.processes.map(({ logFile, role }) => followLog(logFile, role, follow.signal));
  const crashes = operator.processes.map(async ({ role, exited }) => {
    const { code, signal: killer } = await exited;
    throw new Error(`the ${role} process ended with ${killer ?? `code ${code}`}; its last lines are above`);
  });
  try {
    await Promise.race([aborted(signal), ...crashes]);
  } finally {
    for (const crash of crashes) crash.catch(() => undefined); // stopping ends them all, which is no crash
    await operator.stop();
    follow.abort();
    await Promise.all(logs);
    console.log(
      "The operator is stopped and its webhook configurations are removed. CRDs and tests are kept.",
    );
  }
}

runMain(main);
