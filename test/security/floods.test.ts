import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SinkType } from "../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { runCase } from "../../lab/backends/run-case";
import type { Fault } from "../../lab/faults";
import { floodServer, FLOODS } from "./flood-servers";
import { caseAt, planAt } from "./sinks";

const MIB = 1024 * 1024;
const MAX_GROWTH_BYTES = 32 * MIB;
const TIMEOUT_MS = 10_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
let idle = 0;
beforeAll(() => {
  collect();
  idle = used();
});
afterAll(() => setFlagsFromString("--no-expose-gc"));

function used(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What is held beyond what was held before the tests, in bytes. Garbage is collected only where it matters. */
function held(): number {
  if (used() - idle >= MAX_GROWTH_BYTES) collect();
  return used() - idle;
}

/** The most that is held while the work runs, in bytes. */
async function mostHeld<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly bytes: number }> {
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, held())), 20);
  try {
    const result = await work();
    return { result, bytes: Math.max(most, held()) };
  } finally {
    clearInterval(timer);
  }
}

async function probed(type: SinkType, server: Fault): Promise<ProbeReport> {
  const options = { timeoutMs: TIMEOUT_MS, plan: planAt(type, server) };
  return runCase(PROBES[type] as Probe, caseAt(type, server), options);
}

describe("a server that sends without end", () => {
  it.each(FLOODS.map((flood) => [flood.type, flood.what, flood] as const))(
    "is reported as ProtocolError: %s, which %s",
    async (type, _what, flood) => {
      const server = await floodServer(flood);
      try {
        const { result, bytes } = await mostHeld(() => probed(type, server));
        expect(result.failure?.cause, result.failure?.message).toBe("ProtocolError");
        expect(bytes).toBeLessThan(MAX_GROWTH_BYTES);
      } finally {
        await server.close();
      }
    },
  );
  it("is tried for every type", () => {
    const tried = new Set(FLOODS.map(({ type }) => type));
    expect([...tried].sort()).toEqual(Object.keys(PROBES).sort());
  });
});
