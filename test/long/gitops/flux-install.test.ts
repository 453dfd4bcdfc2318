import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { inventoryTable } from "../../../lab/backends/postgres-table";
import { established } from "../../../lab/control-plane/kubectl";
import { waitUntil } from "../../../lab/control-plane/wait";
import { dsnOf, secret } from "../../../lab/drafts";
import { startArtifacts, type ArtifactServer } from "../../../lab/servers/flux/artifacts";
import {
  fluxCrds,
  startKustomizeController,
  type KustomizeController,
} from "../../../lab/servers/flux/kustomize-controller";
import { ROOT } from "../../../lab/stage";
import { startInstallation, type Installation } from "../../e2e/deployed/installation";
import { CRDS, remainsOf } from "../../e2e/deployed/uninstall";
import { FirstInstall, FLUX, STEPS, type FullCommit } from "./first-install";

const SETTINGS = { KOLLECT_ALLOW_CIDRS: "127.0.0.0/8", KOLLECT_MAX_CONCURRENT_PROBES: "64" };
const WORKS = { secret: "orders-dsn", settings: SETTINGS };
const FRESH_MS = 120_000;
const STORES = ["schedule", "store"].map((name) => `peprstore.pepr.dev/pepr-kollect-connection-test-${name}`);

let installation: Installation;
let artifacts: ArtifactServer;
let flux: KustomizeController;
let recipe: FirstInstall;

beforeAll(async () => {
  installation = await startInstallation();
  const { cluster, kubectl, objects, postgres } = installation;
  const crds = (await fluxCrds()).flatMap((file) => ["-f", file]);
  await kubectl("apply", "--server-side", ...crds);
  await established(cluster, ["crd", "--all"]);
  for (const namespace of [FLUX, "shop"]) await kubectl("create", "namespace", namespace);
  await postgres.sql(inventoryTable("inventory"));
  const good = { host: postgres.host, port: postgres.port, ...postgres.superuser };
  await objects.create(secret("shop", "orders-dsn", { dsn: dsnOf(good) }));
  await objects.create(secret("shop", "orders-broken", { dsn: dsnOf({ ...good, password: "wrong" }) }));
  artifacts = await startArtifacts();
  flux = await startKustomizeController(cluster.kubeconfig);
  recipe = await FirstInstall.open(installation, artifacts);
  await recipe.install();
});

afterAll(async () => {
  await flux?.stop();
  await artifacts?.stop();
  await installation?.stop();
});

/** Pushes a commit whose operator and sink work, and waits until all of it is there. */
async function pass(commit: Omit<FullCommit, "secret" | "settings"> & Partial<FullCommit>): Promise<void> {
  const revision = await recipe.push({ ...WORKS, ...commit });
  await Promise.race([recipe.passed(revision), installation.kubelet.failed]);
}

async function applied(): Promise<string> {
  return installation.kubectl(
    "get",
    "configmap",
    "application",
    "-n",
    "shop",
    "-o",
    "jsonpath={.data.commit}",
  );
}

async function testOf(name: string): Promise<KollectConnectionTest | undefined> {
  const args = ["kconntest", name, "-n", "shop", "--ignore-not-found", "-o", "json"];
  const text = await installation.kubectl("get", ...args);
  return text === "" ? undefined : (JSON.parse(text) as KollectConnectionTest);
}

/** Every object that Flux has applied, with the version that the API server has of it. */
async function versions(): Promise<string[]> {
  const applications = await Promise.all(STEPS.map((step) => recipe.step(step)));
  const entries = applications.flatMap(({ status }) => status?.inventory?.entries ?? []);
  const format = '{range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}';
  const found: string[] = [];
  for (const namespace of ["", "pepr-system", "shop"]) {
    const here = entries.map(({ id, v }) => [...id.split("_"), v]).filter(([at]) => at === namespace);
    // Without a group a name ends in a dot.
    const names = here.map(([, name, group, kind, v]) => `${kind}.${v}.${group}/${name}`);
    const at = namespace === "" ? [] : ["-n", namespace];
    found.push(
      ...(await installation.kubectl("get", ...names, ...at, "-o", `jsonpath=${format}`)).trim().split("\n"),
    );
  }
  return found;
}

// One story: each part goes on where the one before it has ended.
describe("the operator and an application's sinks and tests from one repository, under Flux", () => {
  it("are all there after one commit to a fresh cluster", { timeout: 300_000 }, async () => {
    const begin = Date.now();
    await pass({ number: 1 });

    expect(Date.now() - begin).toBeLessThan(FRESH_MS);
    expect(await applied()).toBe("1");
    expect((await testOf("orders"))?.status).toMatchObject({ completed: true, requestedBy: "admin" });
  });

  it("are left as they are by a second reconciliation, down to the status of the budget", async () => {
    const budget = async (): Promise<unknown> =>
      JSON.parse(await installation.kubectl("get", "pdb", "-n", "pepr-system", "-o", "json")).items[0].status;
    await vi.waitFor(
      async () => expect(await budget()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 }),
      { timeout: 30_000, interval: 200 },
    );
    const before = await versions();
    const asked = new Date().toISOString();

    const annotation = `reconcile.fluxcd.io/requestedAt=${asked}`;
    await installation.kubectl("annotate", "kustomizations", "--all", "-n", FLUX, "--overwrite", annotation);
    for (const step of STEPS) {
      await waitUntil({ what: `a reconciliation of ${step}`, timeoutMs: 60_000 }, async () => {
        const { conditions = [], lastHandledReconcileAt } = (await recipe.step(step)).status ?? {};
        const ready = conditions.find(({ type }) => type === "Ready");
        return (lastHandledReconcileAt === asked && ready?.status === "True") || undefined;
      });
    }

    expect(before.length).toBeGreaterThan(30);
    expect(await versions()).toEqual(before);
  });

  it("keep the application of a sink that works while it fails, and go on when it is fixed", async () => {
    const revision = await recipe.push({ ...WORKS, number: 2, secret: "orders-broken" });

    expect(await recipe.word("shop-tests", revision)).toBe("failed");
    await sleep(3_000); // dependencies are looked at every second
    expect(await applied()).toBe("1");

    await pass({ number: 3 });
    expect(await applied()).toBe("3");
  });

  it("lose a test that has left Git", async () => {
    await pass({ number: 4, test: "orders-renamed" });

    expect((await testOf("orders-renamed"))?.status?.completed).toBe(true);
    expect(await testOf("orders")).toBeUndefined();
  });

  it("are upgraded by a commit: new pods first, then a probe by them", async () => {
    const before = installation.kubelet.pods.map(({ pod }) => pod.metadata.name);
    const settings = { ...SETTINGS, KOLLECT_MAX_CONCURRENT_PROBES: "32" };

    await pass({ number: 5, settings });

    expect(await applied()).toBe("5");
    await installation.rolledOut();
    const roles = installation.kubelet.pods.filter(({ pod }) => !before.includes(pod.metadata.name));
    expect(roles).toHaveLength(3);
    const args = ["get", "configmaps", "-n", "pepr-system", "-o", "json"];
    const { items } = JSON.parse(await installation.kubectl(...args)) as { items: { data: object }[] };
    const kept = items.filter(({ data }) => "KOLLECT_MAX_CONCURRENT_PROBES" in data);
    expect(kept.map(({ data }) => data)).toEqual([expect.objectContaining(settings)]);
  });

  it("leave nothing but what docs/install.md lists", { timeout: 300_000 }, async () => {
    const { kubectl, kubelet } = installation;
    const webhooks = "mutatingwebhookconfiguration,validatingwebhookconfiguration";
    await kubectl("delete", webhooks, "pepr-kollect-connection-test");
    await kubectl("delete", "kustomizations", "-n", FLUX, ...[...STEPS].reverse());
    await waitUntil(
      { what: "the end of the pods", timeoutMs: 30_000 },
      async () => kubelet.pods.length === 0 || undefined,
    );
    const soon = { timeout: 20_000, interval: 500 };
    await vi.waitFor(async () => expect(await remainsOf(installation)).toEqual([...CRDS, ...STORES]), soon);

    await kubectl("delete", "--ignore-not-found", "-f", join(ROOT, "config/uninstall.yaml"));

    await vi.waitFor(async () => expect(await remainsOf(installation)).toEqual(CRDS), soon);
    const left = await kubectl("get", "namespace/pepr-system", "crd/peprstores.pepr.dev", "-o", "name");
    expect(left.trim().split("\n")).toHaveLength(2);
  });
});
