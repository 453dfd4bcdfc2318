import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STRICT_CONDITION, kollectCrds, pageSchema } from "../fixtures/kollect/crds";
import { waitUntil } from "../../lab/control-plane/wait";
import { changeSchema, type Crd } from "./scene/crds";
import { startScene, type Scene } from "./scene/scene";
import { KubeApiError } from "../../lab/operator/kube-api";
import { gitops } from "./beside-kollect/gitops";
import { oneWriter } from "./beside-kollect/one-writer";
import { pageFields } from "./beside-kollect/page-fields";
import { twoWriters } from "./beside-kollect/two-writers";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({
    env: { KOLLECT_GRACE_SECONDS: "2", KOLLECT_MAX_TIMEOUT_SECONDS: "5" },
    foreignCrds: kollectCrds(),
  });
});

afterAll(async () => {
  await scene?.stop();
});

describe("where Kollect's own CRDs were first", () => {
  pageFields(() => scene);
  gitops(() => scene, { failed: "Failed" });
  twoWriters(() => scene);

  it("they stay as they are, also after the operator started again", async () => {
    for (const { metadata, spec } of kollectCrds()) {
      const name = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata };
      const found = (await scene.objects.read(name)) as unknown as Crd;

      const versions = spec as Crd["spec"];
      expect(found.spec.versions[0]?.schema).toEqual(versions.versions[0]?.schema);
    }
  });

  oneWriter(() => scene);
});

describe("where a CRD also refuses our further conditions", () => {
  let restore: () => Promise<void>;

  beforeAll(async () => {
    const { objects } = scene;
    const namespace = await scene.namespace();
    await scene.sink(namespace, "orders");
    const tried = await scene.test(namespace, { name: "tried" });
    restore = await changeSchema(objects, "kollectconnectiontests", () => pageSchema(STRICT_CONDITION));
    const [type, reason, message] = ["Further", "Tried", ""];
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    const conditions = [{ type, status: "True", reason, message, lastTransitionTime }];
    await waitUntil({ what: "the API server's use of the schema", timeoutMs: 10_000 }, () =>
      objects.patch(tried, { status: { conditions } }, "status").then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof KubeApiError && error.status === 422) return true;
          throw error;
        },
      ),
    );
  });
  afterAll(() => restore?.());

  pageFields(() => scene);
  // kstatus knows a failure by the condition Stalled alone.
  gitops(() => scene, { failed: "InProgress" });
});
