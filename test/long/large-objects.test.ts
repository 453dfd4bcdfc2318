import { afterAll, beforeAll, expect, it } from "vitest";
import { API_VERSION, SINK_FAMILIES, type SinkKind } from "../../capabilities/api/vocabulary";
import { PAGE } from "../../capabilities/framework/list-pages";
import { waitUntil } from "../../lab/control-plane/wait";
import { postgresSink } from "../../lab/drafts";
import { DEPLOYED_MEMORY } from "../../lab/operator/deployed-memory";
import { startScene, type Scene } from "../e2e/scene/scene";

/** Of each kind. */
const SINKS = 60;
/** Nearly as large as an object may be, so that all of them together do not fit into the heap. */
const CA_BUNDLE = "QUFB".repeat(340_000);
const SPECS: Readonly<Record<SinkKind, object>> = {
  KollectDatabaseSink: postgresSink("", "").spec,
  KollectEventSink: { type: "nats", nats: { url: "nats://nats.shop:4222", subject: "items" } },
  KollectSnapshotSink: { type: "git", git: { url: "https://git.shop/items.git" } },
};
/** Between two lists of a kind by the framework. */
const RELIST_SECONDS = "20";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({
    gateway: true,
    env: { ...DEPLOYED_MEMORY, PEPR_RELIST_INTERVAL_SECONDS: RELIST_SECONDS },
  });
});

afterAll(() => scene?.stop());

it("sinks that are larger than the watcher's memory do not end it, at its start and when they are listed", async () => {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "orders");
  const kinds = Object.entries(SPECS);
  for (let index = 0; index < SINKS; index += 1)
    for (const [kind, spec] of kinds)
      await scene.objects.create({
        apiVersion: API_VERSION,
        kind,
        metadata: { name: `large-${index}`, namespace },
        spec: { ...spec, tls: { caBundle: CA_BUNDLE } },
      });
  const { operator, gateway } = scene.stage;
  await operator.watcher.restart();
  const { pid } = operator.watcher;

  gateway.taken();
  const pages = new Map<string, number>();
  await waitUntil({ what: "a list of every kind", timeoutMs: 120_000, intervalMs: 1_000 }, () => {
    expect(operator.watcher.memory()).toBeGreaterThan(0); // rejects when the process has ended
    for (const { path, query } of gateway.taken()) {
      const plural = path.split("/").at(-1) ?? "";
      if (query.get("limit") === String(PAGE)) pages.set(plural, (pages.get(plural) ?? 0) + 1);
    }
    const all = Object.values(SINK_FAMILIES).every(({ plural }) => (pages.get(plural) ?? 0) >= SINKS / PAGE);
    return Promise.resolve(all ? true : undefined);
  });

  const { status } = await scene.verdict(await scene.test(namespace));
  expect(status?.conditions?.[0]).toMatchObject({ type: "ConnectionVerified", status: "True" });
  expect(operator.watcher.pid).toBe(pid);
});
