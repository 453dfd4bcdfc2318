import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../capabilities/api/types";
import { auditRecords, samples } from "./scene/records";
import { startScene, type Scene } from "./scene/scene";
import { blackHole, faultServer, type Fault } from "../../lab/faults";

const TESTS = 50;
const SILENT_SINKS = 5;
const SILENT_TIMEOUT_SECONDS = 3;
const SILENT_MS = SILENT_TIMEOUT_SECONDS * 1000;
const MOST_CONNECTIONS = 10;
/** A role that may have no more sessions: the server itself refuses the eleventh. */
const ROLE = { user: "burst", password: "burst-of-tests" };

let scene: Scene;
let silent: Fault[];
let healthy: Fault;
let mostOpen = 0;

beforeAll(async () => {
  scene = await startScene();
  const { host, port } = scene.postgres;
  await scene.postgres.sql(
    `CREATE ROLE ${ROLE.user} LOGIN CONNECTION LIMIT ${MOST_CONNECTIONS} PASSWORD '${ROLE.password}';` +
      `GRANT CREATE ON SCHEMA public TO ${ROLE.user}`,
  );
  silent = await Promise.all(Array.from({ length: SILENT_SINKS }, () => blackHole()));
  healthy = await faultServer((socket) => {
    mostOpen = Math.max(mostOpen, healthy.open());
    const upstream = connect({ host, port }).on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
});

afterAll(async () => {
  await scene?.stop();
  await Promise.all([...(silent ?? []), healthy].map((fault) => fault?.close()));
});

interface Verdict {
  readonly test: KollectConnectionTest;
  readonly afterMs: number;
}

/** Creates all tests at once and takes the time from the first request to each verdict. */
async function burst(namespace: string, sinks: readonly string[]): Promise<Verdict[]> {
  const before = Date.now();
  return Promise.all(
    sinks.map(async (sink, index) => {
      const spec = { timeoutSeconds: SILENT_TIMEOUT_SECONDS };
      const created = await scene.test(namespace, { name: `probe-${index}`, sink, spec });
      const test = await scene.verdict(created, 30_000);
      return { test, afterMs: Date.now() - before };
    }),
  );
}

/** Milliseconds from when the operator saw each test to the outcome of its run, by its audit record. */
function timesOf(verdicts: readonly Verdict[]): number[] {
  const uids = new Set(verdicts.map(({ test }) => test.metadata.uid));
  const records = auditRecords(scene.stage.operator.watcher.logFile).filter(({ test }) => uids.has(test.uid));
  expect(records).toHaveLength(verdicts.length);
  return records.map(({ waitedMs, startedAt, completedAt }) => {
    return Number(waitedMs) + Date.parse(String(completedAt)) - Date.parse(String(startedAt));
  });
}

describe(`${TESTS} tests at once with ${SILENT_SINKS} silent sinks among them`, () => {
  it("verifies the healthy ones soon, times out the silent ones in time, and spares the server", async () => {
    const namespace = await scene.namespace();
    await scene.sink(namespace, "healthy", { ...ROLE, port: healthy.port });
    await Promise.all(silent.map(({ port }, index) => scene.sink(namespace, `silent-${index}`, { port })));
    const every = TESTS / SILENT_SINKS;
    const sinks = Array.from({ length: TESTS }, (_, index) =>
      index % every === 0 ? `silent-${index / every}` : "healthy",
    );

    const verdicts = await burst(namespace, sinks);

    const of = (isHealthy: boolean): Verdict[] =>
      verdicts.filter(({ test }) => (test.spec.sinkRef.databaseSinkRef === "healthy") === isHealthy);
    const verified = of(true);
    expect(verified.map(({ test }) => test.status?.conditions?.[0]?.reason)).toEqual(
      verified.map(() => "ConnectionOK"),
    );
    // One after the other, the silent ones alone would take this long.
    expect(Math.max(...verified.map(({ afterMs }) => afterMs))).toBeLessThan(SILENT_SINKS * SILENT_MS);
    // What a busy machine adds to the creation of 50 tests does not count here.
    expect(Math.max(...timesOf(verified))).toBeLessThan(SILENT_MS);
    expect(mostOpen).toBeGreaterThan(0);
    expect(mostOpen).toBeLessThanOrEqual(MOST_CONNECTIONS);

    const late = of(false);
    expect(late).toHaveLength(SILENT_SINKS);
    expect(late.map(({ test }) => test.status?.probe?.cause)).toEqual(late.map(() => "TimedOut"));
    for (const { test } of late) {
      expect(test.status?.latencyMs).toBeGreaterThanOrEqual(SILENT_MS - 50);
      expect(test.status?.latencyMs).toBeLessThan(SILENT_MS + 2_000);
    }
    expect(silent.map((fault) => [fault.seen(), fault.open()])).toEqual(silent.map(() => [1, 0]));
  });

  it("leaves nothing running or waiting", async () => {
    const nothingLeft = async (): Promise<void> => {
      const metrics = await scene.stage.operator.watcher.metrics();
      expect(samples(metrics, "kollect_connection_tests_running")).toEqual(new Map([["", 0]]));
      expect(samples(metrics, "kollect_connection_tests_waiting")).toEqual(new Map([["", 0]]));
      const totals = samples(metrics, "kollect_sink_connection_test_total");
      expect(totals.get('type="postgres",result="success"')).toBe(TESTS - SILENT_SINKS);
      expect(totals.get('type="postgres",result="failure"')).toBe(SILENT_SINKS);
      expect(await scene.postgres.connections()).toBe(0);
    };
    // A verdict counts when its write is answered, which is after it can be seen.
    await vi.waitFor(nothingLeft, { timeout: 10_000 });
  });
});
