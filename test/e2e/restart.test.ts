import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConnectionTestSpec, KollectConnectionTest } from "../../capabilities/api/types";
import { waitUntil } from "../../lab/control-plane/wait";
import { auditRecords } from "./scene/records";
import { startScene, type Scene } from "./scene/scene";
import { blackHole, proxy, type Fault } from "../../lab/faults";

const RETAIN = { "kollect.dev/retain": "true" };

let scene: Scene;
let silent: Fault;
/** In front of the PostgreSQL server, for the tests that are finished before the restart. */
let counted: Fault;

beforeAll(async () => {
  scene = await startScene();
  silent = await blackHole();
  counted = await proxy(scene.postgres, {});
});

afterAll(async () => {
  await scene?.stop();
  await silent?.close();
  await counted?.close();
});

/** A namespace with one sink that is counted, one that is healthy and one that never answers. */
async function preparedNamespace(): Promise<string> {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "counted", { port: counted.port });
  await scene.sink(namespace, "orders");
  await scene.sink(namespace, "silent", { port: silent.port });
  return namespace;
}

async function finished(test: Promise<KollectConnectionTest>): Promise<KollectConnectionTest> {
  return scene.verdict(await test);
}

function ttl(ttlSecondsAfterFinished: number): Partial<ConnectionTestSpec> {
  return { ttlSecondsAfterFinished };
}

async function isOpen(): Promise<void> {
  const what = { what: "the connection to the silent sink", timeoutMs: 30_000, intervalMs: 10 };
  await waitUntil(what, () => Promise.resolve(silent.open() > 0 || undefined));
}

async function read(test: KollectConnectionTest): Promise<KollectConnectionTest> {
  return (await scene.objects.read(test)) as KollectConnectionTest;
}

function reasonOf({ status }: KollectConnectionTest): string | undefined {
  return status?.conditions?.[0]?.reason;
}

function recordsOf({ metadata }: KollectConnectionTest): readonly object[] {
  return auditRecords(scene.stage.operator.watcher.logFile).filter(({ test }) => test.uid === metadata.uid);
}

describe("after the watcher was killed", () => {
  it("every test gets a verdict of its generation, no finished one is probed again, and TTLs are kept", async () => {
    const namespace = await preparedNamespace();
    const { watcher } = scene.stage.operator;
    const [verified, retained, short, lapsing, changing] = await Promise.all([
      finished(scene.test(namespace, { name: "verified", sink: "counted" })),
      finished(
        scene.test(namespace, { name: "retained", sink: "counted", spec: ttl(1), annotations: RETAIN }),
      ),
      finished(scene.test(namespace, { name: "short", sink: "counted", spec: ttl(6) })),
      finished(scene.test(namespace, { name: "lapsing", sink: "counted", spec: ttl(2) })),
      finished(scene.test(namespace, { name: "changing" })),
    ]);
    const running = await scene.test(namespace, {
      name: "running",
      sink: "silent",
      spec: { timeoutSeconds: 5 },
    });
    const waiting = await scene.test(namespace, { name: "waiting", sink: "later" });
    await scene.state(waiting, "the wait for the sink", ({ status }) => status?.completed === false);
    await isOpen();
    const connections = counted.seen();

    watcher.kill("SIGKILL");
    await watcher.exited;
    const created = await scene.test(namespace, { name: "created" });
    const changed = await scene.objects.patch(changing, { spec: { retryLimit: 1 } });
    await scene.sink(namespace, "later");
    await waitUntil({ what: "the end of a TTL", timeoutMs: 30_000 }, () =>
      Promise.resolve(Date.now() > endOf(lapsing) || undefined),
    );
    await watcher.restart();

    const open = await Promise.all([running, waiting, created, changed].map((test) => scene.verdict(test)));
    expect(open.map(reasonOf)).toEqual([
      "ConnectionTestFailed",
      "ConnectionOK",
      "ConnectionOK",
      "ConnectionOK",
    ]);
    expect(open.map(({ status }) => status?.observedGeneration)).toEqual([1, 1, 1, 2]);
    await scene.deletion(lapsing);
    expect(await scene.deletion(short)).toBeGreaterThanOrEqual(endOf(short));
    expect((await read(verified)).status).toEqual(verified.status);
    expect((await read(retained)).status).toEqual(retained.status);
    expect(counted.seen()).toBe(connections);
    for (const test of [verified, retained, short, lapsing]) expect(recordsOf(test)).toHaveLength(1);
  });

  it("a test that was recreated meanwhile is another test", async () => {
    const namespace = await preparedNamespace();
    const { watcher } = scene.stage.operator;
    const old = await finished(scene.test(namespace));

    watcher.kill("SIGKILL");
    await watcher.exited;
    await scene.objects.remove(old);
    const recreated = await scene.test(namespace);
    await watcher.restart();

    const { metadata, status } = await scene.verdict(recreated);
    expect(metadata.generation).toBe(1);
    expect(status?.probeId).not.toBe(old.status?.probeId);
  });
});

describe("a watcher that is asked to end", () => {
  it("records what it was dialling, and the next one gives the verdict", async () => {
    const namespace = await preparedNamespace();
    const { watcher } = scene.stage.operator;
    const running = await scene.test(namespace, { sink: "silent", spec: { timeoutSeconds: 3 } });
    await isOpen();

    watcher.kill("SIGTERM");
    await watcher.exited;
    const endpoint = `127.0.0.1:${silent.port}`;
    expect(recordsOf(running)).toMatchObject([{ outcome: "Aborted", reason: "OperatorEnded", endpoint }]);
    await watcher.restart();

    expect((await scene.verdict(running)).status?.probe?.cause).toBe("TimedOut");
    await expect
      .poll(() => recordsOf(running).slice(1), { timeout: 10_000 })
      .toMatchObject([{ outcome: "Completed", cause: "TimedOut" }]);
  });
});

describe("a watcher that ended twice in the probe of a test", () => {
  it("waits before the third one, and gives other tests their verdicts", async () => {
    const namespace = await preparedNamespace();
    const { watcher } = scene.stage.operator;
    const running = await scene.test(namespace, { sink: "silent", spec: { timeoutSeconds: 120 } });
    for (const interruptions of [undefined, 1]) {
      await scene.state(
        running,
        "the progress of its probe",
        ({ status }) => status?.attempts === 1 && status.interruptions === interruptions,
      );
      watcher.kill("SIGKILL");
      await watcher.exited;
      await waitUntil({ what: "the end of its connection", timeoutMs: 30_000 }, () =>
        Promise.resolve(silent.open() === 0 || undefined),
      );
      await watcher.restart();
    }

    await scene.state(running, "the pause", ({ status }) => status?.interruptions === 2);
    const { status } = await read(running);
    expect(status?.conditions?.map(({ reason }) => reason)).toEqual([
      ...["Probing", "Probing", "RetryBackoff", "RetryBackoff"],
    ]);
    expect(status?.conditions?.[0]?.message).toMatch(/ended 2 times .* the next attempt waits until 20/);
    expect(reasonOf(await scene.verdict(await scene.test(namespace, { name: "other" })))).toBe(
      "ConnectionOK",
    );
    expect(silent.open()).toBe(0);
    const changed = await scene.objects.patch(running, { spec: { timeoutSeconds: 1 } });
    expect((await scene.verdict(changed)).status?.probe?.cause).toBe("TimedOut");
  });
});

describe("after the API server was killed", () => {
  it("a verdict that it could not take is written when it is back, and finished tests are left alone", async () => {
    const namespace = await preparedNamespace();
    const { apiServer } = scene.stage.cluster.processes;
    const first = await finished(scene.test(namespace, { name: "first", sink: "counted" }));
    const running = await scene.test(namespace, {
      name: "running",
      sink: "silent",
      spec: { timeoutSeconds: 2 },
    });
    await isOpen();
    const connections = counted.seen();

    apiServer.kill("SIGKILL");
    await apiServer.exited;
    await waitUntil({ what: "the end of the probe", timeoutMs: 30_000 }, () =>
      Promise.resolve(silent.open() === 0 || undefined),
    );
    await apiServer.restart();

    expect((await scene.verdict(running, 30_000)).status?.probe?.cause).toBe("TimedOut");
    const later = await createSoon(namespace);
    expect(reasonOf(await scene.verdict(later, 30_000))).toBe("ConnectionOK");
    expect((await read(first)).status).toEqual(first.status);
    expect(counted.seen()).toBe(connections);
    expect(recordsOf(first)).toHaveLength(1);
    expect(recordsOf(running)).toHaveLength(1);
  });
});

function endOf({ spec, status }: KollectConnectionTest): number {
  return Date.parse(status?.completedAt ?? "") + (spec.ttlSecondsAfterFinished ?? 300) * 1000;
}

/** The API server may need a moment until it knows namespaces and webhooks again. */
function createSoon(namespace: string): Promise<KollectConnectionTest> {
  return waitUntil({ what: "a creation after the restart", timeoutMs: 15_000 }, () =>
    scene.test(namespace, { name: "later" }).catch(() => undefined),
  );
}
