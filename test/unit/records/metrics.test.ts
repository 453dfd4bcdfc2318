import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../capabilities/domain/outcome";
import { Metrics } from "../../../capabilities/records/metrics";

function outcome(change: Partial<Outcome> = {}): Outcome {
  return {
    probeId: "p1",
    startedAt: 1_000,
    completedAt: 2_000,
    attempts: 1,
    waitedMs: 0,
    sharedBy: 1,
    sink: { kind: "KollectDatabaseSink", name: "orders", uid: "u", generation: 1, type: "postgres" },
    secrets: [],
    report: {
      endpoint: "db.shop:5432",
      latencyMs: 120,
      phases: [
        { name: "Resolve", result: "Passed", latencyMs: 2 },
        { name: "Connect", result: "Passed", latencyMs: 30 },
        { name: "TLS", result: "Skipped", why: "not asked for" },
      ],
    },
    ...change,
  };
}

const FAILURE = {
  reason: "ConnectionTestFailed",
  cause: "TimedOut",
  message: "PostgreSQL at db.shop:5432 did not answer.",
} as const;

async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

describe("Metrics", () => {
  it("has the promised names, types and labels, and no others", async () => {
    const metrics = new Metrics();
    metrics.observeLoad({ running: () => 0, waiting: () => 0 });
    metrics.verdict({ outcome: outcome(), waitedMs: 5 });
    const types = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    expect(Object.fromEntries(types)).toEqual({
      kollect_sink_connection_test_total: "counter",
      kollect_connection_test_duration_seconds: "histogram",
      kollect_connection_test_phase_duration_seconds: "histogram",
      kollect_connection_test_wait_seconds: "histogram",
      kollect_connection_tests_running: "gauge",
      kollect_connection_tests_waiting: "gauge",
      kollect_connection_tests_shared_total: "counter",
      kollect_connection_tests_deleted_total: "counter",
    });
    const labels = [...(await metrics.text()).matchAll(/[{,](\w+)="/g)].map(([, label]) => label);
    expect(new Set(labels)).toEqual(new Set(["type", "result", "phase", "le"]));
  });

  it("counts verdicts by type and result", async () => {
    const metrics = new Metrics();
    metrics.verdict({ outcome: outcome(), waitedMs: 0 });
    metrics.verdict({ outcome: outcome(), waitedMs: 0 });
    metrics.verdict({ outcome: outcome({ failure: FAILURE }), waitedMs: 0 });
    const read = await samples(metrics);
    expect(read.get('kollect_sink_connection_test_total{type="postgres",result="success"}')).toBe(2);
    expect(read.get('kollect_sink_connection_test_total{type="postgres",result="failure"}')).toBe(1);
  });

  it("observes durations of probes, phases and waits in seconds", async () => {
    const metrics = new Metrics();
    metrics.verdict({ outcome: outcome(), waitedMs: 1_500 });
    const read = await samples(metrics);
    const duration = "kollect_connection_test_duration_seconds";
    expect(read.get(`${duration}_sum{type="postgres",result="success"}`)).toBe(0.12);
    expect(read.get(`${duration}_bucket{le="0.1",type="postgres",result="success"}`)).toBe(0);
    expect(read.get(`${duration}_bucket{le="0.25",type="postgres",result="success"}`)).toBe(1);
    const phase = "kollect_connection_test_phase_duration_seconds_sum";
    expect(read.get(`${phase}{type="postgres",phase="Connect"}`)).toBe(0.03);
    expect([...read.keys()].some((key) => key.includes('phase="TLS"'))).toBe(false);
    expect(read.get("kollect_connection_test_wait_seconds_sum")).toBe(1.5);
  });

  it("counts no duration for a run that never dialled", async () => {
    const metrics = new Metrics();
    const { report: _report, sink: _sink, ...notDialled } = outcome();
    const failure = { reason: "SinkNotFound", message: "x" } as const;
    metrics.verdict({
      outcome: { ...notDialled, failure },
      waitedMs: 0,
    });
    const read = await samples(metrics);
    expect(read.get('kollect_sink_connection_test_total{type="unknown",result="failure"}')).toBe(1);
    expect([...read.keys()].some((key) => key.startsWith("kollect_connection_test_duration"))).toBe(false);
  });

  it("counts shared and deleted tests", async () => {
    const metrics = new Metrics();
    metrics.verdict({ outcome: outcome({ sharedBy: 3 }), waitedMs: 0 });
    metrics.verdict({ outcome: outcome({ sharedBy: 1 }), waitedMs: 0 });
    metrics.deleted();
    const read = await samples(metrics);
    expect(read.get("kollect_connection_tests_shared_total")).toBe(1);
    expect(read.get("kollect_connection_tests_deleted_total")).toBe(1);
  });

  it("reads the gauges when it is asked", async () => {
    const metrics = new Metrics();
    let running = 1;
    metrics.observeLoad({ running: () => running, waiting: () => 7 });
    running = 4;
    const read = await samples(metrics);
    expect(read.get("kollect_connection_tests_running")).toBe(4);
    expect(read.get("kollect_connection_tests_waiting")).toBe(7);
  });

  it("puts no name, endpoint, message or unknown type into a label", async () => {
    const metrics = new Metrics();
    const sink = { ...outcome().sink, type: 'post"gres{evil}' };
    metrics.verdict({ outcome: outcome({ sink, failure: FAILURE }), waitedMs: 0 });
    const text = await metrics.text();
    expect(text).toContain('type="unknown",result="failure"');
    expect(text).not.toMatch(/evil|orders|db\.shop|did not answer/);
  });

  it("follows another source's metrics, and rejects when that source does", async () => {
    const metrics = new Metrics();
    metrics.deleted();
    const source = { text: "pepr_errors 1", getMetrics: async () => Promise.resolve(source.text) };
    metrics.appendTo(source);
    const text = await source.getMetrics();
    expect(text).toMatch(/^pepr_errors 1\n# HELP kollect_/);
    expect(text).toMatch(/\nkollect_connection_tests_deleted_total 1\n/);
    const broken = { getMetrics: () => Promise.reject(new Error("no metrics")) };
    new Metrics().appendTo(broken);
    await expect(broken.getMetrics()).rejects.toThrow("no metrics");
  });
});
