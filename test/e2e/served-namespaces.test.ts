import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ANNOTATIONS, SINK_FAMILIES } from "../../capabilities/api/vocabulary";
import { RELIST_SECONDS } from "./framework/framework-alone";
import { eventsIn } from "./framework/watched-process";
import { startScene, type Scene } from "./scene/scene";

const SERVED = "served";
const SINKS = SINK_FAMILIES.KollectDatabaseSink.plural;
const SOON = { timeout: 60_000, interval: 200 };
let scene: Scene;

beforeAll(async () => {
  scene = await startScene({
    gateway: true,
    env: {
      KOLLECT_WATCH_NAMESPACES: SERVED,
      KOLLECT_LOG_LEVEL: "debug",
      PEPR_RELIST_INTERVAL_SECONDS: RELIST_SECONDS,
    },
  });
  await scene.objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: SERVED } });
});

afterAll(() => scene?.stop());

it("tests of listed namespaces are served, and those of others are not touched", async () => {
  const other = await scene.namespace();
  for (const namespace of [other, SERVED]) await scene.sink(namespace, "orders");
  const untouched = await scene.test(other);
  const verified = await scene.verdict(await scene.test(SERVED));
  expect(verified.status?.conditions?.[0]).toMatchObject({ type: "ConnectionVerified", status: "True" });
  expect(verified.metadata.annotations?.[ANNOTATIONS.requestedBy]).toBeDefined();
  const { annotations, ownerReferences } = untouched.metadata;
  expect([annotations, ownerReferences]).toEqual([undefined, undefined]);
  expect((await scene.objects.read(untouched))?.metadata.resourceVersion).toBe(
    untouched.metadata.resourceVersion,
  );
});

it("only the identity of other namespaces' objects is kept", async () => {
  const { operator, gateway } = scene.stage;
  const logged = (phase: "ADDED" | "DELETED"): object[] =>
    eventsIn(readFileSync(operator.watcher.logFile, "utf8"), phase, "elsewhere");
  const sink = await scene.sink(await scene.namespace(), "elsewhere");
  await expect
    .poll(() => logged("ADDED"), SOON)
    .toEqual([expect.objectContaining({ spec: expect.anything() as object })]);
  // The next list shows that it is gone, and the framework passes on what it has kept.
  gateway.freeze(({ path, watch }) => watch && path.endsWith(`/${SINKS}`));
  await scene.objects.remove(sink);
  await expect.poll(() => logged("DELETED"), SOON).toHaveLength(1);
  expect(logged("DELETED")[0]).not.toHaveProperty("spec");
});
