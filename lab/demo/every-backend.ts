import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KollectConnectionTest } from "../../capabilities/api/types";
import { createAuthority } from "../pki";
import { LAB_SERVERS, presentServers } from "../backends";
import type { LabContext, LabServer, RunningServer } from "../backends/backend";
import { objectsOf } from "./objects";
import type { Act, Demo } from "./demo";
import { verdictOf } from "./verdict";

const NAMESPACE = "backends";

interface Started extends RunningServer {
  readonly backend: LabServer;
}

/** One test per backend, all at once. */
export const everyBackend: Act = {
  title: "Every backend that is there, all at once",
  play: async (demo) => {
    const started = await startBackends(demo, await choose(demo));
    await createAll(demo, started);
    demo.say("Each test gets its verdict on its own; one command waits for all of them.");
    await demo.run(`kubectl wait --for=condition=Finished kconntest --all -n ${NAMESPACE} --timeout=120s`);
    await demo.run(`kubectl get kconntest -n ${NAMESPACE} -o wide`);
    await check(demo, started);
  },
};

async function choose({ all, say }: Demo): Promise<readonly LabServer[]> {
  if (all) return LAB_SERVERS;
  const { servers, leftOut } = await presentServers();
  for (const line of leftOut) say(`  left out: ${line}`);
  return servers;
}

/** One after the other, because the first start of some is a build that takes all cores. */
async function startBackends(demo: Demo, backends: readonly LabServer[]): Promise<Started[]> {
  const { postgres, sample, signal } = demo;
  const context: LabContext = { authority: createAuthority("Demo CA"), postgres, sample };
  const started: Started[] = [];
  for (const backend of backends) {
    signal.throwIfAborted();
    demo.say(`  ${backend.name}: ${backend.server}`);
    const running = await backend.start(context).catch((error: unknown) => {
      throw new Error(`${backend.server} for ${backend.name} did not start: ${textOf(error)}`, {
        cause: error,
      });
    });
    demo.onStop(running.stop);
    started.push({ backend, ...running });
  }
  return started;
}

async function createAll(demo: Demo, started: readonly Started[]): Promise<void> {
  const items = started.flatMap(({ backend, probeCase }) => objectsOf(probeCase, backend.name, NAMESPACE));
  const folder = await mkdtemp(join(tmpdir(), "kollect-demo-"));
  try {
    const file = join(folder, "backends.json");
    await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }), { mode: 0o600 });
    demo.say("One file has a sink, its Secret and its test for each of them.");
    await demo.run(`kubectl create namespace ${NAMESPACE}`);
    await demo.run(`kubectl apply -f ${file}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function check(demo: Demo, started: readonly Started[]): Promise<void> {
  const path = `/apis/kollect.dev/v1alpha1/namespaces/${NAMESPACE}/kollectconnectiontests`;
  const list = (await demo.stage.api.request({ method: "GET", path })) as {
    readonly items: readonly KollectConnectionTest[];
  };
  const found = Object.fromEntries(list.items.map((test) => [test.metadata.name, outcome(test)]));
  const expected = Object.fromEntries(started.map(({ backend }) => [backend.name, "True ConnectionOK"]));
  demo.promise(`each of the ${started.length} sinks would work, and its test says so`, found, expected);
}

/** Success in two words, and a failure with what a person needs to look into it. */
function outcome(test: KollectConnectionTest): string {
  const { conditions, cause, message } = verdictOf(test);
  const verdict = conditions["ConnectionVerified"] ?? "no verdict";
  return verdict.startsWith("True") ? verdict : [verdict, cause, message].join(": ");
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
