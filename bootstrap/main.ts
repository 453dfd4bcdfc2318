import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { ensureCredentials, type CredentialOptions } from "./credentials";
import { kubeStore } from "./kube-store";

/** Time to wait for objects that a tool applies together with this Job. */
const PATIENCE_MS = 300_000;
const PAUSE_MS = 2_000;

/** Creates the credentials of the installation named by the arguments, and exits. */
async function main(argv: string[]): Promise<void> {
  const options = readOptions(argv);
  const config = new KubeConfig();
  config.loadFromDefault();
  const store = kubeStore(config, options.name, options.namespace);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      for (const line of await ensureCredentials(store, options, new Date())) console.log(line);
      return;
    } catch (error: unknown) {
      if (Date.now() >= deadline) throw error;
      console.error(`${messageOf(error)}; trying again`);
      await sleep(PAUSE_MS);
    }
  }
}

function readOptions(argv: string[]): CredentialOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args: argv, options: { name: text, namespace: text, certificate: text } });
  const { name, namespace, certificate } = values;
  if (!name || !namespace) throw new Error("--name and --namespace of the installation are needed");
  if (certificate !== "own" && certificate !== "cert-manager")
    throw new Error("--certificate must be own or cert-manager");
  return { name, namespace, certificate };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
