import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PLURALS, SINK_FAMILIES } from "../../capabilities/api/vocabulary";
import { PAGE } from "../../capabilities/framework/list-pages";
import type { Asked } from "../../lab/api-gateway";
import { cacheDirectory } from "../../lab/control-plane/cache-directory";
import { blackHole } from "../../lab/faults";
import { buildModule } from "../../lab/operator/build-module";
import type { KubeObject } from "../../lab/operator/objects";
import { ROOT } from "../../lab/stage";
import {
  RELIST_SECONDS,
  startFrameworkAlone,
  TIMERS,
  type FrameworkAlone,
} from "./framework/framework-alone";
import {
  answersAroundAPause,
  eventsIn,
  linesOf,
  parametersUntilWatch,
  renewCertificate,
  servedFingerprint,
  type WatchedProcess,
} from "./framework/watched-process";
import { startScene, type Scene } from "./scene/scene";

/**
 * Each patch in capabilities/framework twice: what the framework does without it, and what the built module does on the
 * same framework. When a release makes a patch needless, the first half fails: delete the patch. When a release
 * makes it useless or harmful, the second does.
 */
const SOON = { timeout: 60_000, interval: 200 };
const EVENT_SINKS = SINK_FAMILIES.KollectEventSink.plural;
const SNAPSHOT_SINKS = SINK_FAMILIES.KollectSnapshotSink.plural;
const DEBUG = 20;
/** Longer than anything is waited for here. */
const PATIENT_SECONDS = 120;

let scene: Scene;
let alone: FrameworkAlone;
let patched: WatchedProcess;

beforeAll(async () => {
  scene = await startScene({
    gateway: true,
    env: {
      KOLLECT_LOG_LEVEL: "debug",
      NODE_OPTIONS: `--require=${TIMERS}`,
      PEPR_RELIST_INTERVAL_SECONDS: RELIST_SECONDS,
    },
  });
  const build = await buildModule({ root: ROOT, cacheDir: cacheDirectory(process.env), env: process.env });
  alone = await startFrameworkAlone(scene.stage.cluster, build);
  const { operator, gateway } = scene.stage;
  patched = {
    gateway,
    certificateFolder: operator.directory,
    port: operator.watcher.port,
    log: () => readFileSync(operator.watcher.logFile, "utf8"),
    answer: (path) => operator.watcher.answer(path),
    restart: () => operator.watcher.restart(),
  };
});

afterAll(async () => {
  await alone?.stop();
  await scene?.stop();
});

afterEach(() => {
  for (const { gateway } of [alone, patched]) gateway.rule(() => "pass");
});

describe("health-endpoints.ts", () => {
  it("adds /readyz and /livez, which the framework does not know", async () => {
    for (const path of ["/readyz", "/livez"]) {
      expect((await alone.answer(path)).status).toBe(404);
      expect(await patched.answer(path)).toEqual({ status: 200, text: "OK" });
    }
  });
});

describe("watch-observer.ts", () => {
  it("tells of a watch that has failed, of which the framework says nothing above debug", async () => {
    for (const { gateway } of [alone, patched])
      gateway.rule(({ path }) => (path.endsWith(`/${EVENT_SINKS}`) ? { status: 403 } : "pass"));

    await alone.restart();
    const failures = (): unknown[] =>
      linesOf(alone.log()).filter(({ msg }) => String(msg).startsWith("Watch event list_error received"));
    await expect.poll(() => failures().length, SOON).toBeGreaterThan(0);
    expect(failures()).toEqual(failures().map(() => expect.objectContaining({ level: DEBUG })));
    expect((await alone.answer("/healthz")).status).toBe(200);

    const restarted = patched.restart();
    const text = `The watch of ${EVENT_SINKS} has not been synced yet.\n`;
    const answer = (): Promise<unknown> => patched.answer("/readyz").catch(() => undefined);
    await expect.poll(answer, SOON).toEqual({ status: 503, text });

    patched.gateway.rule(() => "pass");
    await restarted;
    expect(await patched.answer("/readyz")).toEqual({ status: 200, text: "OK" });
  });
});

describe("keep-alive.ts", () => {
  /** Longer than a server of Node.js keeps a connection by itself. */
  const PAUSE_MS = 8_000;

  it("keeps a connection on which nothing comes, which the framework closes", async () => {
    const { port } = scene.stage.operator.admission;
    const answers = [alone, patched, { ...patched, port }].map((each) => answersAroundAPause(each, PAUSE_MS));
    expect(await Promise.all(answers)).toEqual([1, 2, 2]);
  });
});

describe("serving-certificate.ts", () => {
  it("serves a renewed certificate without a restart, which the framework does not", async () => {
    const both = [alone, patched];
    const before = await Promise.all(both.map(servedFingerprint));
    const undo = both.map(renewCertificate);
    try {
      await expect.poll(() => servedFingerprint(patched), SOON).not.toBe(before[1]);
      expect(await servedFingerprint(alone)).toBe(before[0]);
    } finally {
      for (const each of undo) each();
    }
    await expect.poll(() => servedFingerprint(patched), SOON).toBe(before[1]);
  });
});

describe("start-delay.ts", () => {
  it("waits a tenth of what the framework waits", () => {
    const shares = [alone, patched].map((each) =>
      linesOf(each.log()).flatMap(({ share }) => (typeof share === "number" ? [share.toFixed(6)] : [])),
    );
    // The second wait, for the store of schedules, holds nothing up.
    expect(shares.map(([first]) => first)).toEqual(["1.000000", "0.100000"]);
  });
});

describe("list-pages.ts", () => {
  it("starts with a watch of all objects, where the framework asks for a list of them", async () => {
    const atStart = async (each: WatchedProcess): Promise<string[][]> => {
      each.gateway.taken();
      await each.restart();
      return (await parametersUntilWatch(each, EVENT_SINKS)).slice(-2);
    };
    expect(await atStart(alone)).toEqual([[], ["watch", "resourceVersion"]]);
    expect(await atStart(patched)).toEqual([["fieldSelector", "resourceVersion"], ["watch"]]);
  });

  it("lists in pages, and begins with all objects again when a page fails, as the framework does not", async () => {
    for (let index = 0; index <= PAGE; index += 1) await eventSink(`page-${index}`);
    const isOfSinks = ({ path }: Asked): boolean => path.endsWith(`/${EVENT_SINKS}`);
    for (const { gateway } of [alone, patched]) {
      gateway.rule((asked) => (isOfSinks(asked) && asked.query.has("continue") ? { status: 500 } : "pass"));
      gateway.taken();
      gateway.cut((asked) => asked.watch && isOfSinks(asked));
    }
    const asked = async (each: WatchedProcess): Promise<string[]> =>
      (await parametersUntilWatch(each, EVENT_SINKS)).map((names) => names.join());
    expect((await asked(alone)).slice(-2)).toEqual(["", "watch,resourceVersion"]);
    expect((await asked(patched)).slice(-3)).toEqual(["limit", "continue,limit", "watch"]);
    expect(await patched.answer("/readyz")).toEqual({ status: 200, text: "OK" });
  });
});

describe("unread-lists.ts", () => {
  it("does not write out lists, which the framework does", async () => {
    const event = (process: WatchedProcess, kind: string): string[] =>
      linesOf(process.log()).flatMap(({ msg }) =>
        String(msg).startsWith(`Watch event ${kind} received`) ? [String(msg)] : [],
      );
    await expect.poll(() => event(alone, "list").join(), SOON).toContain('"items": [');
    expect(event(patched, "list")).toEqual([]);
    // Whatever else a watch has to say is still heard.
    expect(event(patched, "connect").length).toBeGreaterThan(0);
  });
});

describe("watch-phases.ts", () => {
  it("needs one watch for each kind, where the framework's selectors need two", async () => {
    const opened = (process: WatchedProcess): string[] =>
      process.gateway.taken().flatMap(({ path, watch }) => (watch ? [path.split("/").at(-1) ?? ""] : []));
    const seen: string[] = [];
    alone.gateway.taken();
    await alone.restart();
    const ofSnapshots = (): number => {
      seen.push(...opened(alone));
      return seen.filter((plural) => plural === SNAPSHOT_SINKS).length;
    };
    await expect.poll(ofSnapshots, SOON).toBe(2);

    patched.gateway.taken();
    await patched.restart();
    const ours = opened(patched).filter((plural) => PLURALS.includes(plural));
    expect(ours.sort()).toEqual([...PLURALS].sort());
  });

  it("hears of a deletion by that one watch: the probe of a deleted test ends", async () => {
    const probes = async (): Promise<number> => {
      const metrics = await scene.stage.operator.watcher.metrics();
      return Number(/^kollect_connection_tests_running (\d+)$/m.exec(metrics)?.[1]);
    };
    const silent = await blackHole();
    try {
      const namespace = await scene.namespace();
      await scene.sink(namespace, "silent", { port: silent.port });
      const spec = { timeoutSeconds: PATIENT_SECONDS };
      const test = await scene.test(namespace, { sink: "silent", spec });
      await expect.poll(probes, SOON).toBe(1);
      await scene.objects.remove(test);
      await expect.poll(probes, SOON).toBe(0);
    } finally {
      await silent.close();
    }
  });

  it("can tell a deletion that was reported from one that was inferred from a list", async () => {
    const reported = await eventSink("reported");
    await expect.poll(() => events("reported"), SOON).toContainEqual({ ...ADDED, name: "reported" });
    await scene.objects.remove(reported);
    await expect
      .poll(() => events("reported"), SOON)
      .toContainEqual({ ...DELETED, name: "reported", known: false });

    await removeUnseen(alone, "inferred");
    await expect
      .poll(() => events("inferred"), SOON)
      .toContainEqual({ ...DELETED, name: "inferred", known: true });
  });
});

describe("kept-objects.ts", () => {
  it("keeps the identity of an object, where the framework keeps all of it", async () => {
    await removeUnseen(alone, "kept-whole");
    await expect
      .poll(() => events("kept-whole"), SOON)
      .toContainEqual({ ...DELETED, name: "kept-whole", known: true });

    const logged = (phase: "ADDED" | "DELETED"): object[] => eventsIn(patched.log(), phase, "kept-identity");
    const { spec } = await removeUnseen(patched, "kept-identity");
    await expect.poll(() => logged("DELETED"), SOON).toHaveLength(1);
    expect(logged("ADDED")).toEqual([expect.objectContaining({ spec })]);
    const [kept] = logged("DELETED") as [{ metadata: object; spec?: object }];
    expect(Object.keys(kept.metadata).sort().join()).toBe("generation,name,namespace,resourceVersion,uid");
    expect(kept.spec).toBeUndefined();
  });
});

/** What alone.cjs prints for the watch of EventSinks. */
const ADDED = { watch: "every", phase: "ADDED", known: false, whole: true };
const DELETED = { watch: "every", phase: "DELETED", whole: true };

function events(name: string): object[] {
  return linesOf(alone.log()).filter((line) => line["name"] === name);
}

async function eventSink(name: string): Promise<KubeObject> {
  return scene.objects.create({
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectEventSink",
    metadata: { name, namespace: "default" },
    spec: { type: "nats", nats: { url: "nats://nats.shop:4222", subject: "items" } },
  });
}

/** Creates an EventSink, and removes it while the watch of a process hears nothing, so that a list shows its end. */
async function removeUnseen({ gateway, log }: WatchedProcess, name: string): Promise<KubeObject> {
  const created = await eventSink(name);
  await expect.poll(log, SOON).toContain(`"${name}"`);
  gateway.freeze(({ path, watch }) => watch && path.endsWith(`/${EVENT_SINKS}`));
  await scene.objects.remove(created);
  return created;
}
