import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inventoryTable } from "../../../lab/backends/postgres-table";
import { established } from "../../../lab/control-plane/kubectl";
import { waitUntil } from "../../../lab/control-plane/wait";
import { startArtifacts, type ArtifactServer } from "../../../lab/servers/flux/artifacts";
import {
  fluxCrds,
  startKustomizeController,
  type KustomizeController,
} from "../../../lab/servers/flux/kustomize-controller";
import { dsnOf, secret } from "../../../lab/drafts";
import { OPERATOR_USER } from "../../e2e/scene/api-audit";
import { untilInEffect } from "../../e2e/scene/grant";
import { startScene, type Scene } from "../../e2e/scene/scene";
import { ROOT } from "../../../lab/stage";
import { Repository, type Recipe } from "./repository";
import { saidOf } from "./source";
import { join } from "node:path";

const COMMITS = 10;
const WITHIN_MS = 120_000;
/** Dependencies are looked at every second: a gate that opens late is seen. */
const HOLDS_MS = 4_000;
/** The Kustomization whose verdict the application waits for. */
const GATE: Readonly<Record<Recipe, string>> = { split: "shop-tests", "sink-triggers": "shop-sinks" };

let scene: Scene;
let artifacts: ArtifactServer;
let flux: KustomizeController;

beforeAll(async () => {
  scene = await startScene({ env: { KOLLECT_SINK_TRIGGERS: "true" } });
  const { stage, postgres } = scene;
  await postgres.sql(inventoryTable("inventory"));
  await stage.kubectl(["apply", "-f", join(ROOT, "config/rbac/operator-sink-triggers.yaml")]);
  const crds = (await fluxCrds()).flatMap((file) => ["-f", file]);
  await stage.kubectl(["apply", "--server-side", ...crds]);
  await established(stage.cluster, ["crd", "--all"]);
  artifacts = await startArtifacts();
  flux = await startKustomizeController(stage.cluster.kubeconfig);
});

afterAll(async () => {
  await flux?.stop();
  await artifacts?.stop();
  await scene?.stop();
});

async function repositoryOf(recipe: Recipe): Promise<Repository> {
  const namespace = await scene.namespace();
  const { host, port, superuser } = scene.postgres;
  const good = { host, port, ...superuser };
  await scene.objects.create(secret(namespace, "orders-dsn", { dsn: dsnOf(good) }));
  await scene.objects.create(
    secret(namespace, "orders-broken", { dsn: dsnOf({ ...good, password: "wrong" }) }),
  );
  const right = { namespace, verb: "patch", resource: "kollectdatabasesinks/status" };
  await untilInEffect(scene.stage.api, { user: OPERATOR_USER, ...right }, true);
  const repository = new Repository(scene.stage, artifacts, recipe, namespace);
  await repository.install();
  return repository;
}

async function gateOf(repository: Repository, revision: string): Promise<string> {
  const name = GATE[repository.recipe];
  const what = { what: `the word of ${name} on ${revision}`, timeoutMs: WITHIN_MS, intervalMs: 200 };
  return waitUntil(what, async () => saidOf(await repository.kustomization(name), revision));
}

describe.concurrent("Flux' kustomize-controller", () => {
  it.for<Recipe>(["split", "sink-triggers"])(
    "applies the application of %s for every commit whose sink works, and for no other",
    { timeout: 600_000 },
    async (recipe) => {
      const repository = await repositoryOf(recipe);
      let applied = 0;
      const gates: unknown[] = [];
      const expected: unknown[] = [];
      for (let number = 1; number <= COMMITS; number += 1) {
        const works = number % 2 === 0;
        const revision = await repository.push({ number, secret: works ? "orders-dsn" : "orders-broken" });
        const gate = await gateOf(repository, revision);
        if (works) {
          const what = { what: `the application of commit ${number}`, timeoutMs: WITHIN_MS };
          await waitUntil(what, async () => (await repository.applied()) === number || undefined);
          applied = number;
        } else await sleep(HOLDS_MS);
        gates.push([number, gate, await repository.applied()]);
        expected.push([number, works ? "passed" : "failed", applied]);
      }
      expect(gates).toEqual(expected);
    },
  );
});
