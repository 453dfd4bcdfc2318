import { afterAll, beforeAll, expect, it } from "vitest";
import { startControlPlane } from "../../lab/control-plane/control-plane";
import { established, kubectl } from "../../lab/control-plane/kubectl";
import type { ControlPlane } from "../../lab/control-plane/types";
import { analysisTemplateCrd } from "../../lab/servers/tools/rollouts-crd";
import { recipePath } from "../fixtures/recipes";

let cluster: ControlPlane | undefined;

beforeAll(async () => {
  const crd = await analysisTemplateCrd();
  cluster = await startControlPlane({ audit: false, assets: process.env["KUBEBUILDER_ASSETS"] });
  await kubectl(cluster, ["create", "-f", crd]);
  await established(cluster, ["crd", "--all"]);
  for (const namespace of ["shop", "sink-tests"]) await kubectl(cluster, ["create", "namespace", namespace]);
});

afterAll(async () => {
  await cluster?.stop();
});

it.each(["rbac.yaml", "nightly.yaml", "after-refresh.yaml", "after-rotation.yaml", "argo-rollouts.yaml"])(
  "the recipe %s passes strict validation by the API server",
  async (file) => {
    if (!cluster) throw new Error("there is no cluster");
    const args = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", recipePath(file)];
    expect(await kubectl(cluster, args)).toContain("(server dry run)");
  },
);
