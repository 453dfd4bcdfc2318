import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import { bundlePlugin, PLUGIN_LIMIT_BYTES } from "../../bundle/plugin";
import { dsnOf, postgresSink, secret } from "../../drafts";
import type { Bench, BenchCase } from "../bench";
import { runBurst } from "../burst";
import { median } from "../statistics";
import { preciseNow, watchTests } from "../test-watch";

const RUNS = 15;
const SINKS = 200;
const DEADLINE_MS = 120_000;

/** What the kubectl plugin costs beside the probes. */
export const plugin: BenchCase = {
  name: "the kubectl plugin",
  run: async (bench) => {
    const folder = await mkdtemp(join(tmpdir(), "kollect-bench-plugin-"));
    try {
      const file = join(folder, "kubectl-kollect");
      const bytes = await bundlePlugin(file);
      const start = await startTime(file);
      const beyond = await checkBeyondProbe(bench, file);
      const answer = await answerAfterVerdict(bench, file);
      const { tookMs, directMs } = await testAll(bench, file);
      return [
        {
          what: "size of the bundle",
          value: bytes / 1e6,
          unit: "MB",
          target: { atMost: PLUGIN_LIMIT_BYTES / 1e6 },
        },
        { what: "start to first output, p50", value: start, unit: "ms", target: { atMost: 400 } },
        {
          what: "check of one sink beyond start and probe, p50",
          value: beyond - start,
          unit: "ms",
          target: { atMost: 100 },
        },
        {
          what: "end of test after the verdict, with its deletion, p50",
          value: answer,
          unit: "ms",
          target: { atMost: 150 },
        },
        { what: `test --all of ${SINKS} sinks`, value: tookMs, unit: "ms" },
        {
          what: "ratio to the same tests by a client, start subtracted",
          value: (tookMs - start) / directMs,
          target: { atMost: 1.5 },
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** What the bench reads of a report: see docs/report.schema.json. */
interface Report {
  readonly sinks: readonly {
    readonly verdict: string;
    readonly message: string;
    readonly latencyMs?: number;
  }[];
}

interface Ended {
  readonly stdout: string;
  readonly tookMs: number;
  /** From the start to the first byte of standard output. */
  readonly firstMs: number;
  readonly endedAt: number;
}

async function run(file: string, args: readonly string[], input = ""): Promise<Ended> {
  const start = preciseNow();
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const child = spawn(process.execPath, [file, ...args], {
    env: {},
    signal,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let firstMs = Number.NaN;
  child.stdout.once("data", () => (firstMs = preciseNow() - start));
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  child.stdin.end(input);
  const [stdout] = await Promise.all([text(child.stdout), ended]);
  const endedAt = preciseNow();
  return { stdout, tookMs: endedAt - start, firstMs, endedAt };
}

async function startTime(file: string): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < RUNS; index += 1) times.push((await run(file, ["version"])).firstMs);
  return median(times);
}

/** Milliseconds of a whole `check` without the probe's own. */
async function checkBeyondProbe({ postgres }: Bench, file: string): Promise<number> {
  const { host, port, superuser } = postgres;
  const objects = [
    postgresSink("shop", "one"),
    secret("shop", "one", { dsn: dsnOf({ host, port, ...superuser }) }),
  ];
  const input = objects.map((object) => stringify(object)).join("---\n");
  const times: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    const { stdout, tookMs } = await run(file, ["check", "-f", "-", "-q", "-o", "json"], input);
    const [sink] = (JSON.parse(stdout) as Report).sinks;
    if (sink?.verdict !== "True") throw new Error(`check found ${sink?.message ?? "no sink"}`);
    times.push(tookMs - (sink.latencyMs ?? 0));
  }
  return median(times);
}

/** Milliseconds from the moment that another client sees the verdict to the end of `test`, which has deleted it then. */
async function answerAfterVerdict(bench: Bench, file: string): Promise<number> {
  const namespace = await bench.namespace();
  const watch = await watchTests(bench.client, namespace);
  const { kubeconfig, context } = bench.stage.cluster;
  const args = ["test", "database/healthy", "-n", namespace, "-q", "--kubeconfig", kubeconfig];
  const times: number[] = [];
  try {
    for (let index = 0; index < RUNS; index += 1) {
      const { endedAt } = await run(file, [...args, "--context", context, "-o", "json"]);
      const [seen] = [...watch.seen.values()].slice(-1);
      if (seen?.doneAt === undefined) throw new Error("the bench saw no verdict of the plugin's test");
      times.push(endedAt - seen.doneAt);
    }
  } finally {
    watch.close();
  }
  return median(times);
}

/** The same sinks by the plugin, and by a client that only creates and watches tests. */
async function testAll(bench: Bench, file: string): Promise<{ tookMs: number; directMs: number }> {
  const namespace = await bench.namespace();
  const healthy = await bench.healthySinks(namespace, "sink", SINKS);
  const direct = await runBurst({ client: bench.client, namespace, prefix: "direct", healthy });
  await bench.removeTests(namespace);
  const { kubeconfig, context } = bench.stage.cluster;
  const args = ["test", "--all", "-n", namespace, "-q", "--kubeconfig", kubeconfig, "--context", context];
  const { tookMs } = await run(file, [...args, "-o", "json"]);
  return { tookMs, directMs: (1000 * direct.finished) / direct.perSecond };
}
