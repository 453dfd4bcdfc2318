/**
 * A process that does nothing but probe, so that its memory and descriptors are those of the probes: the servers
 * are in other processes. It gets its work from its parent, answers once and ends.
 */
import { memoryUsage } from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { probeFor } from "../../capabilities/probes/registry";
import { settledResources } from "./resources";
import { runCase, type ProbeCase } from "../backends/run-case";
import type { Answer, ProbeFigures, ProbeWork, SeriesFigures, SeriesName } from "./probe-process";
import { median } from "./statistics";

/** Until V8 has compiled what runs often, which it keeps. */
const WARM_UP = 100;
/** Memory is compared between before these and after them. */
const RUNS = 200;
const FAULT_RUNS = 2;
const FAULT_TIMEOUT_MS = 1000;
const SERIES_TIMEOUT_MS = 10_000;
const IDLE_MS = 500;

process.once("message", (work: ProbeWork) => {
  measure(work)
    .then(
      (figures): Answer => ({ figures }),
      (error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }),
    )
    .then((answer) => process.send?.(answer, undefined, undefined, () => process.disconnect()))
    .catch(() => process.exit(1));
});

async function measure({ series, faults }: ProbeWork): Promise<ProbeFigures> {
  const measured: Partial<Record<SeriesName, SeriesFigures>> = {};
  for (const [name, { probeCase, cause }] of Object.entries(series)) {
    measured[name as SeriesName] = await repeat(`${name}`, probeCase, cause);
  }
  const overshootMs: Record<string, number> = {};
  for (const [name, probeCase] of Object.entries(faults))
    overshootMs[name] = await overshoot(name, probeCase);
  return { series: measured as ProbeFigures["series"], overshootMs };
}

async function repeat(name: string, probeCase: ProbeCase, cause: string | undefined): Promise<SeriesFigures> {
  const once = async (): Promise<number> => {
    const { took, found, message } = await timed(probeCase, SERIES_TIMEOUT_MS);
    if (found === cause) return took;
    throw new Error(`${name}: expected ${cause ?? "success"}, found ${found ?? "success"}: ${message}`);
  };
  for (let count = 0; count < WARM_UP; count += 1) await once();
  const before = await settled();
  const times: number[] = [];
  const early = await settledMemory();
  while (times.length < RUNS) times.push(await once());
  const late = await settledMemory();
  const after = await settled(before);
  return {
    p50: median(times),
    descriptors: after.descriptors - before.descriptors,
    active: after.active - before.active,
    livePercent: percent(early.heapUsed + early.external, late.heapUsed + late.external),
    residentPercent: percent(early.rss, late.rss),
  };
}

/** The worst of some runs, in milliseconds past the deadline; negative when all settled before it. */
async function overshoot(name: string, probeCase: ProbeCase): Promise<number> {
  let worst = -Infinity;
  for (let count = 0; count < FAULT_RUNS; count += 1) {
    const { took, found, message } = await timed(probeCase, FAULT_TIMEOUT_MS);
    if (found === undefined || found === "Internal") {
      throw new Error(`a server that ${name}: found ${found ?? "success"}: ${message}`);
    }
    worst = Math.max(worst, took - FAULT_TIMEOUT_MS);
  }
  return worst;
}

async function timed(
  probeCase: ProbeCase,
  timeoutMs: number,
): Promise<{ took: number; found: string | undefined; message: string }> {
  const start = performance.now();
  const { failure } = await runCase(probeFor(probeCase.sink.spec.type), probeCase, { timeoutMs });
  return { took: performance.now() - start, found: failure?.cause, message: failure?.message ?? "" };
}

interface Settled {
  readonly sockets: number;
  readonly timers: number;
  readonly descriptors: number;
  readonly active: number;
}

/** What is open when sockets have had the time to close. */
async function settled(before = { sockets: 0, timers: 0, descriptors: 0 }): Promise<Settled> {
  const now = await settledResources(before, IDLE_MS);
  await turn();
  return {
    ...now,
    descriptors: now.descriptors ?? Number.NaN,
    active: process.getActiveResourcesInfo().length,
  };
}

/** Memory without what only waits to be collected. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  if (!globalThis.gc) throw new Error("the process was started without --expose-gc");
  for (let count = 0; count < 3; count += 1) {
    await turn();
    globalThis.gc();
  }
  return memoryUsage();
}

function percent(early: number, late: number): number {
  return (100 * (late - early)) / early;
}
