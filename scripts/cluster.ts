import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { established, kubectl } from "../lab/control-plane/kubectl";
import { lastLines } from "../lab/control-plane/managed-process";
import { publishCluster } from "../lab/control-plane/published-clusters";
import { controlPlaneFor } from "../lab/control-plane/select";
import type { Cluster, ControlPlane } from "../lab/control-plane/types";
import { applySample, startSampleDatabase } from "../lab/demo/database";
import { readSample } from "../lab/demo/sample";
import type { PostgresServer } from "../lab/servers/postgres/server";
import { ROOT } from "../lab/stage";
import { aborted, interruptible, runMain } from "./run-main";

const USAGE = `Usage: npm run cluster [-- --context NAME]

Starts a Kubernetes API server with etcd, the garbage collector, RBAC and webhooks on free ports of loopback, applies
the CustomResourceDefinitions in config/crd, starts a PostgreSQL server for the quick start, prints how to use both, and
runs until Ctrl-C.

  --context NAME  start nothing: check that the cluster of this kubeconfig context answers
  --help          print this

With KUBEBUILDER_ASSETS set, the etcd, kube-apiserver and kubectl in that folder are used, without controllers.
Otherwise they are built once, which takes some minutes and needs Go.`;

async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: { context: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(USAGE);
  await interruptible((signal) => run(argv, signal));
}

async function run(argv: string[], signal: AbortSignal): Promise<void> {
  const cluster = await controlPlaneFor(argv, { signal });
  try {
    if (cluster.origin === "context")
      console.log(`The cluster ${cluster.context} at ${cluster.url} answers.`);
    else await serve(cluster, signal);
  } finally {
    await cluster.stop();
  }
}

async function serve(cluster: ControlPlane, signal: AbortSignal): Promise<void> {
  await applyDefinitions(cluster, signal);
  const postgres = await startSampleDatabase(readSample(ROOT));
  try {
    const unpublish = await publishCluster(cluster, process.env);
    try {
      console.log(instructions(cluster, postgres));
      await ended(cluster, signal);
      console.log("Stopping the cluster.");
    } finally {
      await unpublish();
    }
  } finally {
    await postgres.stop();
  }
}

async function applyDefinitions(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const folder = join(import.meta.dirname, "../config/crd");
  if (!existsSync(folder)) return;
  console.log((await kubectl(cluster, ["apply", "--server-side", "-k", folder], { signal })).trimEnd());
  await established(cluster, ["crd", "--all"], { signal });
}

function instructions(cluster: ControlPlane, postgres: PostgresServer): string {
  return `
The cluster ${cluster.context} is ready at ${cluster.url}. Ctrl-C stops it and deletes all its data.

  export KUBECONFIG=${cluster.kubeconfig}
  alias kubectl=${cluster.kubectl}
  kubectl get kconntest -A

  KOLLECT_ALLOW_CIDRS=127.0.0.0/8 npm run operator -- --context ${cluster.context}

A sink of the PostgreSQL ${postgres.version} on this machine, with its Secret:

  ${applySample(readSample(ROOT), postgres)}

A user without rights, to try roles:  kubectl --kubeconfig ${cluster.userKubeconfig("ci")} auth whoami
Logs of its parts and the audit log:  ${cluster.dataDir}
`;
}

/** Resolves when a person ends it. Rejects when a part of the cluster ends by itself. */
async function ended(cluster: ControlPlane, signal: AbortSignal): Promise<void> {
  const crashes = Object.entries(cluster.processes).map(async ([name, part]) => {
    if (part === undefined) return new Promise<never>(() => undefined);
    const { code, signal: killer } = await part.exited;
    throw new Error(
      `${name} ended with ${killer ?? `code ${code}`}. Its log ends with:\n${await lastLines(part.logFile)}`,
    );
  });
  await Promise.race([aborted(signal), ...crashes]);
}

runMain(main);
