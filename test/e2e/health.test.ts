import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PLURALS, SINK_FAMILIES, TEST_PLURAL } from "../../capabilities/api/vocabulary";
import { waitUntil } from "../../lab/control-plane/wait";
import { postgresSink } from "../../lab/drafts";
import { startScene, type Scene } from "./scene/scene";
import { blackHole, type Fault } from "../../lab/faults";
import type { Answer } from "../../lab/operator/operator-endpoint";

/** The least that can be set, so that a dead watch shows within the patience of a test. */
const STUCK_AFTER_SECONDS = "10";
const NOTICED_MS = 60_000;
const OK: Answer = { status: 200, text: "OK" };
const EVENT_SINKS = SINK_FAMILIES.KollectEventSink.plural;

let scene: Scene;
let silent: Fault;

const snapshots = mkdtempSync(join(tmpdir(), "kollect-heap-"));

beforeAll(async () => {
  const env = {
    KOLLECT_STUCK_AFTER_SECONDS: STUCK_AFTER_SECONDS,
    // The last 2048 Events are remembered for their series; that is bounded, and would hide what is not.
    KOLLECT_EVENTS: "false",
    NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${snapshots}`,
  };
  scene = await startScene({ gateway: true, env });
  silent = await blackHole();
});

afterAll(async () => {
  await scene?.stop();
  await silent?.close();
  rmSync(snapshots, { recursive: true, force: true });
});

afterEach(() => scene.stage.gateway.rule(() => "pass"));

function ask(path: string): Promise<Answer> {
  return scene.stage.operator.watcher.answer(path);
}

/** Nothing answers while a process is replaced by another. */
function askIfThere(path: string): Promise<{ readonly status: number; readonly text: string }> {
  return ask(path).catch(() => ({ status: 0, text: "" }));
}

/** Asks again and again, as the kubelet does, until the answer is the expected one. */
async function answered(path: string, expected: Answer): Promise<void> {
  const what = { what: `${path} answering ${JSON.stringify(expected)}`, timeoutMs: NOTICED_MS };
  await waitUntil(what, async () => {
    const { status, text } = await askIfThere(path);
    return (status === expected.status && text === expected.text) || undefined;
  });
}

async function expectHealthy(): Promise<void> {
  for (const path of ["/healthz", "/readyz", "/livez"]) expect(await ask(path)).toEqual(OK);
}

function notSynced(plurals: readonly string[]): Answer {
  const lines = plurals.map((plural) => `The watch of ${plural} has not been synced yet.\n`);
  return { status: 503, text: lines.join("") };
}

describe("the watcher's health", () => {
  it("is good when every watch is synced", async () => {
    await expectHealthy();
  });

  it("is not ready until the last watch is synced, but live", async () => {
    const { gateway, operator } = scene.stage;
    gateway.rule(({ path }) => (path.endsWith(`/${EVENT_SINKS}`) ? { status: 503 } : "pass"));
    const ready = operator.watcher.restart();
    await answered("/readyz", notSynced([EVENT_SINKS]));
    // What the framework's Deployments ask for liveness, too.
    expect(await ask("/healthz")).toEqual(OK);
    expect(await ask("/livez")).toEqual(OK);
    gateway.rule(() => "pass");
    await ready;
    await expectHealthy();
  });

  it("is ready when the API server begins a watch with the state, because the list before it failed", async () => {
    const { gateway, operator } = scene.stage;
    const namespace = await scene.namespace();
    await scene.sink(namespace, "orders");
    operator.watcher.kill("SIGKILL");
    await operator.watcher.exited;
    const waiting = await scene.test(namespace);
    // The kinds of a new installation may be served between the two requests.
    gateway.rule(({ path, watch }) =>
      !watch && path.endsWith(`/${TEST_PLURAL}`) ? { status: 404 } : "pass",
    );
    await operator.watcher.restart();
    await expectHealthy();
    expect((await scene.verdict(waiting)).status?.completed).toBe(true);
  });

  it("is not ready while the API server cannot be reached, and good when the kubelet has done its part", async () => {
    const { gateway, operator } = scene.stage;
    await gateway.down();
    const restarted = operator.watcher.restart().catch(() => undefined);
    await answered("/readyz", notSynced(PLURALS));
    // The framework's own answer, whose store is not there yet.
    expect((await ask("/healthz")).status).toBe(404);
    expect(await ask("/livez")).toEqual(OK);
    await gateway.up();
    // The framework asks for its store once, at its start; without an answer it never opens a watch.
    await waitUntil({ what: "a watcher that is ready", timeoutMs: NOTICED_MS }, async () => {
      if ((await askIfThere("/livez")).status === 503) {
        await restarted;
        await operator.watcher.restart();
      }
      return (await askIfThere("/readyz")).status === 200 || undefined;
    });
    await restarted;
    await expectHealthy();
  });

  it("is no longer live when a watch is dead, in whatever way, while the API server answers", async () => {
    const { gateway, operator } = scene.stage;
    const namespace = await scene.namespace();
    await scene.sink(namespace, "silent", { port: silent.port });
    const spec = { timeoutSeconds: 3 };
    const running = await scene.test(namespace, { name: "running", sink: "silent", spec });
    await scene.state(running, "its run", ({ status }) => status?.completed === false);

    gateway.rule(({ path, watch }) => (watch && path.endsWith(`/${EVENT_SINKS}`) ? { status: 403 } : "pass"));
    expect(gateway.cut(({ path, watch }) => watch && path.endsWith(`/${EVENT_SINKS}`))).toBe(1);
    expect(gateway.freeze(({ path, watch }) => watch && path.endsWith(`/${TEST_PLURAL}`))).toBe(1);

    await scene.verdict(running);
    const dead = {
      status: 503,
      text:
        `The watch of ${EVENT_SINKS} is not connected, although the API server lists them.\n` +
        "The watch of tests does not show verdicts that were written.\n",
    };
    await answered("/livez", dead);
    expect(await ask("/healthz")).toEqual(dead);

    gateway.rule(() => "pass");
    await operator.watcher.restart();
    await expectHealthy();
  });
});

describe("the watcher's memory", () => {
  it("keeps no name of what is gone, neither here nor in the framework", async () => {
    const COUNT = 240;
    const AT_ONCE = 40;
    const namespace = await scene.namespace();
    await scene.sink(namespace, "orders");
    const names = Array.from({ length: COUNT }, (_, at) => `gone-${at}-${at % 7}x`);
    const sinks = await Promise.all(
      names.slice(0, AT_ONCE).map((name) => scene.objects.create(postgresSink(namespace, name))),
    );
    await Promise.all(sinks.map((sink) => scene.objects.remove(sink)));
    const comeAndGo = async (name: string): Promise<void> => {
      const test = await scene.test(namespace, { name, spec: { ttlSecondsAfterFinished: 0 } });
      await scene.deletion(test, 60_000);
    };
    for (let at = 0; at < COUNT; at += AT_ONCE) {
      await Promise.all(names.slice(at, at + AT_ONCE).map(comeAndGo));
    }

    // Their deletions are seen after all of those before.
    for (const name of ["last-1", "last-2", "last-3"]) await comeAndGo(name);

    const snapshot = await heapSnapshot();
    expect(snapshot).toContain(namespace);
    const kept = names.filter((name) => snapshot.includes(name));
    // What is being worked on last may still be on its way out.
    expect(kept.length, kept.join()).toBeLessThan(COUNT / 10);
  });
});

/** The watcher's heap as text, after a collection of garbage: every string that something still holds is in it. */
async function heapSnapshot(): Promise<string> {
  scene.stage.operator.watcher.kill("SIGUSR2");
  const what = { what: "a heap snapshot", timeoutMs: 60_000 };
  const file = await waitUntil(what, () => Promise.resolve(readdirSync(snapshots)[0]));
  // It is written in one go, during which nothing is answered.
  await waitUntil(what, () => ask("/livez").catch(() => undefined));
  return readFileSync(join(snapshots, file), "latin1");
}
