import { isIP } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import fc from "fast-check";
import { expect } from "vitest";
import type { Sink } from "../../capabilities/api/types";
import type { SinkType } from "../../capabilities/api/vocabulary";
import type { Outcome, ProbeReport } from "../../capabilities/domain/outcome";
import { finalMessage, finalStatus } from "../../capabilities/domain/status";
import type { PlanOptions } from "../../capabilities/probes/probe";
import type { ResolveHost } from "../../capabilities/probes/net/names/resolve";
import { PROBES } from "../../capabilities/probes/registry";
import { createAudit } from "../../capabilities/records/audit";
import { Metrics } from "../../capabilities/records/metrics";
import { runCase, type ProbeCase } from "../../lab/backends/run-case";
import type { Fault } from "../../lab/faults";
import { TEST_BACKENDS } from "../fixtures/backends";
import { makeTest } from "../fixtures/make-test";
import { memoryLog } from "../unit/kube/http/peer";
import { CANARY, expectNoTrace, expectShowable } from "./hostile";
import { hostileServer, scripts } from "./hostile-server";
import { plainSink, secretsOf } from "./sinks";

const TIMEOUT_MS = 200;
/** On a busy machine; `npm run bench` measures how late a probe is. */
const MAX_LATE_MS = 2000;
const MAX_CPU_MS = 1000;

/** The names of the server's choice lead back to it, so that its words are heard there too. */
function resolveHost(host: string): ReturnType<ResolveHost> {
  if (host.startsWith("missing"))
    return Promise.reject(Object.assign(new Error("none"), { code: "ENOTFOUND" }));
  return Promise.resolve([{ address: isIP(host) === 4 ? host : "127.0.0.1", family: 4 }]);
}

/** A sink of the type at this server; every Secret that it names holds the canary as its credentials. */
function caseAt(type: SinkType, { host, port }: Fault): ProbeCase {
  const { server } = TEST_BACKENDS[type];
  const at = `${host}:${port}`;
  const values = server.credentials(at, CANARY);
  const hasSecret = Object.keys(values).length > 0;
  const sink = plainSink(type, server.address(at), hasSecret ? { name: "keys" } : undefined);
  return { sink, secrets: secretsOf(type, sink, values) };
}

function optionsAt(type: SinkType, { host, port }: Fault): PlanOptions {
  const cloud = TEST_BACKENDS[type].server.cloud?.(`${host}:${port}`);
  return { ambientCredentials: false, ...(cloud ? { cloud } : {}) };
}

function outcomeOf(report: ProbeReport, sink: Sink): Outcome {
  const { kind, spec, metadata } = sink;
  return {
    probeId: "id",
    startedAt: 0,
    completedAt: 1000,
    attempts: 1,
    waitedMs: 0,
    sharedBy: 1,
    sink: { kind, type: spec.type, name: metadata.name, uid: metadata.uid, generation: 1 } as Outcome["sink"],
    secrets: [{ namespace: "shop", name: "keys", resourceVersion: "1" }],
    report,
    ...(report.failure ? { failure: report.failure } : {}),
  } as Outcome;
}

/** Everything that leaves the process for this report, but the Event, whose note is the message. */
async function shown(report: ProbeReport, sink: Sink, lines: readonly string[]): Promise<string> {
  const outcome = outcomeOf(report, sink);
  const test = makeTest();
  const audit = memoryLog();
  const metrics = new Metrics();
  metrics.verdict({ outcome, waitedMs: 0 });
  const asked = { test, target: undefined, ownerSink: true, requestedBy: "ci" };
  createAudit(audit).verdict({ ...asked, outcome, waitedMs: 0 });
  const status = JSON.stringify(finalStatus(test, outcome, "ci"));
  return [status, finalMessage(outcome), await metrics.text(), ...audit.lines, ...lines].join("\n");
}

/** Has a probe of the type talk to so many hostile servers, and checks how each conversation ends and what is shown of it. */
export async function hostileConversations(type: SinkType, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(scripts(type), async (script) => {
    const server = await hostileServer(script);
    try {
      await converse(type, server);
    } finally {
      await server.close();
    }
  });
  await fc.assert(property, { numRuns, endOnFailure: true });
}

async function converse(type: SinkType, server: Fault): Promise<void> {
  const hostile = caseAt(type, server);
  const log = memoryLog();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const options = { timeoutMs: TIMEOUT_MS, plan: optionsAt(type, server), logger: log, resolveHost };
  const report = await runCase(PROBES[type], hostile, options);
  delay.disable();
  // What a busy machine adds is no fault of the probe; what the probe computes is.
  const late = performance.now() - startedAt - TIMEOUT_MS - delay.max / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  expect(late).toBeLessThan(MAX_LATE_MS);
  expect((user + system) / 1000).toBeLessThan(MAX_CPU_MS);
  expectNoTrace(await shown(report, hostile.sink, log.lines));
  expect(report.failure?.cause, log.lines.join("\n")).not.toBe("Internal");
  if (report.failure) expectShowable(report.failure);
}
