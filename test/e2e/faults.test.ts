import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../capabilities/api/types";
import { API_VERSION, PLURALS, TEST_PLURAL } from "../../capabilities/api/vocabulary";
import type { Rule } from "../../lab/api-gateway";
import { waitUntil } from "../../lab/control-plane/wait";
import { createLoad, expectSurvival } from "./scene/load";
import { startScene, type Scene } from "./scene/scene";
import { blackHole, proxy, type Fault } from "../../lab/faults";

/** Five failures five to six seconds apart, after which the framework gives up by default. */
const FRAMEWORK_PATIENCE_MS = 5 * 6_000;

/** A test in whose probe two or three processes ended waits for up to two minutes before the next one. */
const PAUSED_VERDICT_MS = 180_000;

let scene: Scene;
let silent: Fault;
/** In front of the PostgreSQL server, for tests that are finished before the fault. */
let counted: Fault;

beforeAll(async () => {
  scene = await startScene({ gateway: true });
  silent = await blackHole();
  counted = await proxy(scene.postgres, {});
});

afterEach(() => scene.stage.gateway.rule(() => "pass"));

afterAll(async () => {
  await scene?.stop();
  await silent?.close();
  await counted?.close();
});

/** A test with its verdict, and its sink, which must not be dialled again. */
async function finishedBefore(): Promise<{ test: KollectConnectionTest; dialled: number }> {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "counted", { port: counted.port });
  const test = await scene.verdict(await scene.test(namespace, { name: "finished", sink: "counted" }));
  return { test, dialled: counted.seen() };
}

async function expectUntouched({ test, dialled }: Awaited<ReturnType<typeof finishedBefore>>): Promise<void> {
  expect(((await scene.objects.read(test)) as KollectConnectionTest).status).toEqual(test.status);
  expect(counted.seen()).toBe(dialled);
}

/** The watch of tests works: what is new gets its verdict. */
async function expectService(): Promise<void> {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "orders");
  const what = { what: "a creation", timeoutMs: 30_000 };
  const test = await waitUntil(what, () => scene.test(namespace, { name: "after" }).catch(() => undefined));
  await scene.verdict(test, 30_000);
}

function reason({ status }: KollectConnectionTest): string | undefined {
  return status?.conditions?.find(({ type }) => type === "ConnectionVerified")?.reason;
}

describe("nothing is lost and nothing is done twice", () => {
  it("when the watcher is killed again and again under load", async () => {
    const { watcher } = scene.stage.operator;
    const before = await finishedBefore();
    const kills = new Set([5, 14, 29]);
    let recovered = Promise.resolve();
    const load = await createLoad(scene, {
      count: 42,
      leastTtl: 1,
      silent,
      between: async (index) => {
        if (!kills.has(index)) return sleep(20);
        await recovered;
        // Wherever it is then: before a probe, in it, in a write, or in a deletion.
        await sleep(Math.random() * 300);
        watcher.kill("SIGKILL");
        recovered = watcher.exited.then(() => watcher.restart());
      },
    });
    await recovered;
    await expectSurvival(scene, load, silent, Date.now(), PAUSED_VERDICT_MS);
    await expectUntouched(before);
  });

  it("when etcd stutters, watches are cut and calls are refused under load", async () => {
    const { gateway, cluster } = scene.stage;
    const { etcd } = cluster.processes;
    const before = await finishedBefore();
    gateway.taken();
    gateway.rule(oneInThree(({ method, path }) => method !== "POST" && path.includes(`/${TEST_PLURAL}/`)));
    const load = await createLoad(scene, {
      count: 42,
      leastTtl: 1,
      silent,
      between: async (index) => {
        if (index % 6 === 2) gateway.cut(({ watch }) => watch);
        if (index % 6 !== 4) return;
        etcd.kill("SIGSTOP");
        await sleep(300);
        etcd.kill("SIGCONT");
      },
    });
    gateway.rule(() => "pass");
    await expectSurvival(scene, load, silent, Date.now());
    await expectUntouched(before);
    expectPatience(gateway.taken());
  });

  it("when the API server is away for longer than the framework's patience, and its history is gone after", async () => {
    const { gateway, cluster, operator } = scene.stage;
    const { apiServer } = cluster.processes;
    const { pid } = operator.watcher;
    const before = await finishedBefore();
    const load = await createLoad(scene, { count: 42, leastTtl: 10, silent });
    const old = await compactEtcd();
    apiServer.kill("SIGKILL");
    await apiServer.exited;
    await sleep(FRAMEWORK_PATIENCE_MS + 6_000);
    // Lists stay refused for a while, so that the framework takes up its watches where it lost them.
    // And nothing is written before the tests' own watch is back: a verdict whose TTL is over does not last.
    const { opened } = scene.watch;
    let refused = 0;
    gateway.rule(({ method, path, watch }) => {
      if (method === "PATCH" && scene.watch.opened === opened) return { status: 503 };
      if (watch || !PLURALS.some((plural) => path.endsWith(`/${plural}`)) || refused >= PLURALS.length)
        return "pass";
      refused += 1;
      return { status: 503 };
    });
    await apiServer.restart();
    const recoveredAt = Date.now();
    expect(await watchFrom(old)).toMatchObject({ type: "ERROR", object: { code: 410 } });
    await expectSurvival(scene, load, silent, recoveredAt);
    await expectUntouched(before);
    await expectService();
    expect(operator.watcher.pid).toBe(pid);
    expect((await operator.watcher.answer("/livez")).status).toBe(200);
  });

  it("when the admission process is down: tests are refused, and those there are go on", async () => {
    const { admission } = scene.stage.operator;
    const namespace = await scene.namespace();
    await scene.sink(namespace, "silent", { port: silent.port });
    const running = await scene.test(namespace, {
      name: "running",
      sink: "silent",
      spec: { timeoutSeconds: 3 },
    });
    const waiting = await scene.test(namespace, {
      name: "waiting",
      sink: "later",
      spec: { ttlSecondsAfterFinished: 0 },
    });
    await scene.state(waiting, "its wait", ({ status }) => status?.completed === false);

    admission.kill("SIGKILL");
    await admission.exited;
    await expect(scene.test(namespace, { name: "refused", sink: "silent" })).rejects.toThrow(/webhook/);
    await scene.sink(namespace, "later");

    expect(reason(await scene.verdict(waiting))).toBe("ConnectionOK");
    expect(reason(await scene.verdict(running))).toBe("ConnectionTestFailed");
    await scene.deletion(waiting);
    await admission.restart();
    await expectService();
  });

  it("when the watcher is asked to end in the middle of probes", async () => {
    const { watcher } = scene.stage.operator;
    const load = await createLoad(scene, { count: 12, leastTtl: 1, silent });
    await scene.test(load.namespace, { name: "hanging", sink: "silent", spec: { timeoutSeconds: 10 } });
    await waitUntil({ what: "a probe", timeoutMs: 10_000 }, async () => silent.open() > 0 || undefined);

    watcher.kill("SIGTERM");
    expect((await watcher.exited).code).toBe(143);
    await waitUntil({ what: "its end", timeoutMs: 30_000 }, async () => silent.open() === 0 || undefined);
    await watcher.restart();
    await expectSurvival(scene, load, silent, Date.now());
  });

  it("when a list is older than what the watch has shown since", async () => {
    const { gateway, operator } = scene.stage;
    await operator.stop();
    await scene.stage.startOperator({ PEPR_RELIST_INTERVAL_SECONDS: "5" });
    const listed = new Set<string>();
    gateway.rule(({ method, path, watch }) => {
      const plural = PLURALS.find((each) => path.endsWith(`/${each}`));
      if (watch || method !== "GET" || plural === undefined) return "pass";
      // No later list mends what this one has broken.
      if (listed.has(plural)) return { status: 503 };
      listed.add(plural);
      return "late";
    });
    const all = { what: "the lists", timeoutMs: 15_000 };
    await waitUntil(all, async () => listed.size === PLURALS.length || undefined);

    const load = await createLoad(scene, { count: 12, leastTtl: 1, silent });

    await expectSurvival(scene, load, silent, Date.now());
  });

  it("when the framework gives up its watches, which ends the process", async () => {
    const { gateway, operator } = scene.stage;
    await operator.stop();
    const impatient = { PEPR_RESYNC_FAILURE_MAX: "1", PEPR_RESYNC_DELAY_SECONDS: "1" };
    const { watcher } = await scene.stage.startOperator(impatient);
    const load = await createLoad(scene, { count: 12, leastTtl: 1, silent });
    await gateway.down();
    expect((await watcher.exited).code).not.toBe(0);
    await gateway.up();
    await watcher.restart();
    await expectSurvival(scene, load, silent, Date.now());
  });
});

/** Refuses every third call that `which` names, with what an overloaded API server says. */
function oneInThree(which: (asked: Parameters<Rule>[0]) => boolean): Rule {
  let count = 0;
  return (asked) => {
    if (!which(asked)) return "pass";
    count += 1;
    if (count % 3 !== 0) return "pass";
    return count % 2 === 0 ? { status: 429, headers: { "retry-after": "1" } } : { status: 500 };
  };
}

/** After a refusal with Retry-After the same is not asked for before that time. */
function expectPatience(taken: ReturnType<Scene["stage"]["gateway"]["taken"]>): void {
  const refusals = taken.filter(({ status }) => status === 429);
  expect(refusals.length).toBeGreaterThan(0);
  for (const refusal of refusals) {
    const next = taken.find(
      ({ method, path, at }) => method === refusal.method && path === refusal.path && at > refusal.at,
    );
    if (next) expect(next.at - refusal.at, `${next.method} ${next.path}`).toBeGreaterThan(950);
  }
}

/** Makes etcd forget its history. Returns a version of before. */
async function compactEtcd(): Promise<string> {
  const { api, cluster } = scene.stage;
  const list = { method: "GET", path: `/apis/${API_VERSION}/${TEST_PLURAL}?limit=1` } as const;
  const { metadata } = (await api.request(list)) as { metadata: { resourceVersion: string } };
  await expectService();
  const call = async (path: string, body: object): Promise<{ header?: { revision: string } }> => {
    const answer = await fetch(`${cluster.etcdUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { header?: { revision: string } };
  };
  const { header } = await call("/v3/kv/range", { key: Buffer.from("/").toString("base64"), limit: 1 });
  await call("/v3/kv/compaction", { revision: header?.revision, physical: true });
  return metadata.resourceVersion;
}

/** The first thing that the API server tells a watch that begins at a version. */
async function watchFrom(resourceVersion: string): Promise<object> {
  const path = `/apis/${API_VERSION}/${TEST_PLURAL}?watch=true&timeoutSeconds=5&resourceVersion=${resourceVersion}`;
  const answer = await scene.stage.kubectl(["get", "--raw", path]);
  return JSON.parse(answer.split("\n")[0] ?? "") as object;
}
