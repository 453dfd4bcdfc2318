import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { established } from "../../../lab/control-plane/kubectl";
import { ARGO_CD, argoCdCrds, startArgoCd, type ArgoCd } from "../../../lab/servers/argo-cd/argo-cd";
import { dsnOf, secret } from "../../../lab/drafts";
import { auditRecords } from "../../e2e/scene/records";
import { startScene, type Scene } from "../../e2e/scene/scene";
import { ArgoApplication, installArgoSettings } from "./argo-application";

const SYNCS = 6;

let folder: string;
let scene: Scene;
let argo: ArgoCd;
let shop: ArgoApplication;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kollect-argo-"));
  scene = await startScene();
  const { stage } = scene;
  await stage.kubectl(["create", "namespace", ARGO_CD]);
  await stage.kubectl(["apply", "--server-side", ...(await argoCdCrds()).flatMap((file) => ["-f", file])]);
  await established(stage.cluster, ["crd", "--all"]);
  await installArgoSettings(stage);
  argo = await startArgoCd(stage.cluster.kubeconfig);
  const namespace = await scene.namespace();
  // Argo CD 3.2 is one of the releases that this recipe is for.
  const recipe = "shop-older-releases";
  shop = await ArgoApplication.create(stage, { recipe, repository: join(folder, "repository"), namespace });
});

afterAll(async () => {
  await argo?.stop();
  await scene?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The verdicts of all runs so far of a test of this name, each with the object that it was for. */
function verdicts(name: string): { uid: string; verdict: string | null }[] {
  const { watcher } = scene.stage.operator;
  const records = auditRecords(watcher.logFile).filter(({ test }) => test.name === name);
  return records.map(({ test, verdict }) => ({ uid: test.uid, verdict }));
}

// One story: the sink is broken first and repaired then.
describe("Argo CD's application controller", () => {
  it("stops every sync of a sink that does not work", { timeout: 600_000 }, async () => {
    await scene.sink(shop.namespace, "orders", { password: "wrong" });

    for (let number = 1; number <= SYNCS; number += 1) {
      await shop.commit();
      const { phase, hooks } = await shop.sync();

      expect([number, phase, hooks]).toEqual([number, "Failed", [["orders-before-sync", "Failed"]]]);
      expect(await shop.deployed()).toBe(0);
    }

    const probed = verdicts("orders-before-sync");
    expect(probed.map(({ verdict }) => verdict)).toEqual(Array(SYNCS).fill("False"));
    expect(new Set(probed.map(({ uid }) => uid)).size).toBe(SYNCS);
  });

  it("lets every sync pass when it works, each after probes of its own", { timeout: 600_000 }, async () => {
    const { host, port, superuser } = scene.postgres;
    await scene.objects.apply(secret(shop.namespace, "orders", { dsn: dsnOf({ host, port, ...superuser }) }));

    for (let number = 1; number <= SYNCS; number += 1) {
      const commit = await shop.commit();
      const { phase, hooks } = await shop.sync();

      expect([number, phase]).toEqual([number, "Succeeded"]);
      expect(Object.fromEntries(hooks)).toEqual({
        "orders-before-sync": "Succeeded",
        "orders-after-sync": "Succeeded",
      });
      expect(await shop.deployed()).toBe(commit);
    }

    for (const name of ["orders-before-sync", "orders-after-sync"]) {
      const passed = verdicts(name).filter(({ verdict }) => verdict === "True");
      expect(new Set(passed.map(({ uid }) => uid)).size).toBe(SYNCS);
      expect(passed).toHaveLength(SYNCS);
    }
  });
});
