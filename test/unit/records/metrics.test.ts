import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../capabilities/domain/outcome";
import type { ProbedSink } from "../../../capabilities/domain/outcome";
import { METRICS, type Metric } from "../../../capabilities/records/metric-table";
import { Metrics, type Load } from "../../../capabilities/records/metrics";
import { MAX_SINK_SERIES } from "../../../capabilities/records/sink-series";

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

const LOAD: Load = {
  running: () => 0,
  waiting: () => 7,
  slots: { quick: 128, slow: 512 },
  slotsInUse: () => ({ quick: 3, slow: 2 }),
  eventsWaiting: () => 5,
  eventsDropped: () => 6,
};

/** A scrape after everything that is counted has happened. */
async function everything(options: { readonly sinks: boolean }): Promise<string> {
  const metrics = new Metrics(options);
  metrics.observeLoad(LOAD);
  metrics.observeHealth(() => true);
  metrics.build({ version: "1.2.3", exporter_version: "next", node_version: "v20.19.0" });
  metrics.verdict({ outcome: outcome({ failure: FAILURE }), waitedMs: 5 });
  metrics.verdict({ outcome: withDoubts(), waitedMs: 5 });
  metrics.probe("shop", outcome());
  metrics.deleted(0);
  metrics.request({ method: "GET", status: 200, durationMs: 2 });
  return metrics.text();
}

function withDoubts(): Outcome {
  const doubts = outcome();
  const unproven = [{ need: "postgres:Triggers", kind: "OnlyAWriteTells", why: "x" }] as const;
  const limitations = [{ id: "CredsIgnored", effect: "ignored", message: "x" }] as const;
  return { ...doubts, report: { phases: [], latencyMs: 1, ...doubts.report, unproven }, limitations };
}

describe("Metrics", () => {
  it("has the promised names, types and labels, and no others", async () => {
    const types = (text: string): unknown =>
      Object.fromEntries([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
    const rows: readonly Metric[] = Object.values(METRICS);
    const expected = (chosen: readonly Metric[]): unknown =>
      Object.fromEntries(chosen.map(({ name, type }) => [name, type]));
    const closed = await everything({ sinks: false });
    expect(types(closed)).toEqual(expected(rows.filter(({ named }) => !named)));
    expect(types(await everything({ sinks: true }))).toEqual(expected(rows));
    const labels = [...closed.matchAll(/[{,](\w+)="/g)].map(([, label]) => label);
    const known = rows.filter(({ named }) => !named).flatMap((row) => row.labels);
    expect(new Set(labels)).toEqual(new Set([...known, "le"]));
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
    metrics.deleted(1_500);
    const read = await samples(metrics);
    expect(read.get("kollect_connection_tests_shared_total")).toBe(1);
    expect(read.get("kollect_connection_tests_deleted_total")).toBe(1);
  });

  it("reads the gauges when it is asked", async () => {
    const metrics = new Metrics();
    let running = 1;
    metrics.observeLoad({ ...LOAD, running: () => running });
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
    metrics.deleted(1_500);
    const source = { text: "pepr_errors 1", getMetrics: async () => Promise.resolve(source.text) };
    metrics.appendTo(source);
    const text = await source.getMetrics();
    expect(text).toMatch(/^pepr_errors 1\n# HELP kollect_/);
    expect(text).toMatch(/\nkollect_connection_tests_deleted_total 1\n/);
    const broken = { getMetrics: () => Promise.reject(new Error("no metrics")) };
    new Metrics().appendTo(broken);
    await expect(broken.getMetrics()).rejects.toThrow("no metrics");
  });

  it("starts every cause at 0, so that the first failure of each is an increase", async () => {
    const read = await samples(new Metrics());
    const failures = "kollect_connection_test_failures_total";
    for (const cause of ["Internal", "SecretNotFound", "SinkNotFound"]) {
      expect(read.get(`${failures}{type="postgres",cause="${cause}"}`), cause).toBe(0);
    }
  });

  it("counts causes, what is unproven and limitations by their closed words", async () => {
    const metrics = new Metrics();
    metrics.verdict({ outcome: outcome({ failure: FAILURE }), waitedMs: 0 });
    metrics.verdict({ outcome: outcome({ failure: { reason: "SinkNotFound", message: "x" } }), waitedMs: 0 });
    metrics.verdict({ outcome: withDoubts(), waitedMs: 0 });
    const read = await samples(metrics);
    const failures = "kollect_connection_test_failures_total";
    expect(read.get(`${failures}{type="postgres",cause="TimedOut"}`)).toBe(1);
    expect(read.get(`${failures}{type="postgres",cause="SinkNotFound"}`)).toBe(1);
    const unproven =
      'kollect_connection_test_unproven_total{need="postgres:Triggers",kind="OnlyAWriteTells"}';
    expect(read.get(unproven)).toBe(1);
    const limited = 'kollect_connection_test_limitations_total{id="CredsIgnored",effect="ignored"}';
    expect(read.get(limited)).toBe(1);
  });

  it("shows slots, Events, health, requests and late deletions", async () => {
    const metrics = new Metrics();
    let live = true;
    metrics.observeLoad(LOAD);
    metrics.observeHealth(() => live);
    metrics.deleted(1_500);
    metrics.deletionFailed();
    metrics.request({ method: "PATCH", status: 503, durationMs: 250 });
    metrics.request({ method: "GET", durationMs: 10 });
    const before = await samples(metrics);
    live = false;
    const read = await samples(metrics);
    expect(before.get("kollect_operator_health_status")).toBe(1);
    expect(read.get("kollect_operator_health_status")).toBe(0);
    expect(read.get('kollect_probe_slots_in_use{lane="slow"}')).toBe(2);
    expect(read.get('kollect_probe_slots{lane="quick"}')).toBe(128);
    expect(read.get("kollect_events_waiting")).toBe(5);
    expect(read.get("kollect_events_dropped_total")).toBe(6);
    expect(read.get("kollect_connection_test_deletion_delay_seconds_sum")).toBe(1.5);
    expect(read.get("kollect_connection_test_deletion_failures_total")).toBe(1);
    const requests = "kollect_api_request_duration_seconds";
    expect(read.get(`${requests}_sum{method="PATCH",answer="5xx"}`)).toBe(0.25);
    expect(read.get(`${requests}_count{method="GET",answer="none"}`)).toBe(1);
  });
});

const LAST = "kollect_connection_test_last_result";

function seriesOf(sink: string): string {
  return `${LAST}{namespace="shop",kind="KollectDatabaseSink",sink="${sink}"}`;
}

function probedSink(name: string): ProbedSink {
  return { kind: "KollectDatabaseSink", name, uid: name, generation: 1, type: "postgres" };
}

describe("Metrics with names of sinks", () => {
  it("shows the last result of each sink, and when its server's certificate expires", async () => {
    const metrics = new Metrics({ sinks: true });
    const report = {
      phases: [],
      latencyMs: 1,
      tls: { version: "TLSv1.3", notAfter: "2030-01-02T03:04:05Z" },
    };
    metrics.probe("shop", outcome({ report, failure: FAILURE }));
    expect((await samples(metrics)).get(seriesOf("orders"))).toBe(0);
    metrics.probe("shop", outcome({ report }));
    const read = await samples(metrics);
    expect(read.get(seriesOf("orders"))).toBe(1);
    const expiry = seriesOf("orders").replace(LAST, "kollect_sink_certificate_expiry_timestamp_seconds");
    expect(read.get(expiry)).toBe(Date.parse("2030-01-02T03:04:05Z") / 1000);
  });

  it("shows no more than its bound, counts the rest, and makes room when a sink is deleted", async () => {
    const metrics = new Metrics({ sinks: true });
    for (let index = 0; index < MAX_SINK_SERIES; index += 1) {
      metrics.probe("shop", outcome({ sink: probedSink(`sink-${index}`) }));
    }
    metrics.probe("shop", outcome({ sink: probedSink("late") }));
    metrics.probe("shop", outcome({ sink: probedSink("sink-7"), failure: FAILURE }));
    const full = await samples(metrics);
    expect([...full.keys()].filter((key) => key.startsWith(`${LAST}{`))).toHaveLength(MAX_SINK_SERIES);
    expect(full.get(seriesOf("late"))).toBeUndefined();
    expect(full.get(`${LAST}_omitted_total`)).toBe(1);
    expect(full.get(seriesOf("sink-7"))).toBe(0);

    metrics.sinkDeleted({ kind: "KollectDatabaseSink", namespace: "shop", name: "sink-7" });
    metrics.probe("shop", outcome({ sink: probedSink("late") }));
    const read = await samples(metrics);
    expect(read.get(seriesOf("late"))).toBe(1);
    expect(read.get(seriesOf("sink-7"))).toBeUndefined();
  });

  it("shows nothing for a sink that was not found", async () => {
    const metrics = new Metrics({ sinks: true });
    const { sink: _sink, ...nowhere } = outcome();
    metrics.probe("shop", { ...nowhere, failure: { reason: "SinkNotFound", message: "x" } });
    expect([...(await samples(metrics)).keys()].filter((key) => key.startsWith(LAST))).toEqual([
      `${LAST}_omitted_total`,
    ]);
  });
});
