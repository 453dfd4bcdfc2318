import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OPERATOR, OPERATOR_SERVICE_ACCOUNT } from "../../generate/config/roles";
import { startControlPlane } from "../../lab/control-plane/control-plane";
import type { ControlPlane } from "../../lab/control-plane/types";
import { kubectl, tryKubectl } from "../../lab/control-plane/kubectl";

const config = join(import.meta.dirname, "../../config");
const TESTS = "kollectconnectiontests.kollect.dev";
/** The API server reads roles from a cache that a change reaches a moment later. */
const SOON = { timeout: 10_000 };
let cluster: ControlPlane;

async function can(user: string, verb: string, resource: string): Promise<boolean> {
  // kubectl reads what follows a slash as a name.
  const [kind = "", subresource = ""] = resource.split("/");
  const args = ["auth", "can-i", verb, kind, `--subresource=${subresource}`, "-n", "shop", `--as=${user}`];
  const { code, stdout, stderr } = await tryKubectl(cluster, args);
  if (!/^(yes|no)/.test(stdout)) throw new Error(`kubectl ended with code ${code}: ${stderr}`);
  return stdout.startsWith("yes");
}

async function verbsOf(user: string, resource: string, verbs: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(verbs.map((verb) => can(user, verb, resource)));
  return verbs.filter((_, index) => answers[index]);
}

beforeAll(async () => {
  cluster = await startControlPlane({ audit: false, assets: process.env["KUBEBUILDER_ASSETS"] });
  await kubectl(cluster, ["apply", "--validate=strict", "-k", config]);
  await kubectl(cluster, ["create", "namespace", "shop"]);
});

afterAll(async () => {
  await cluster?.stop();
});

describe("roles for people", () => {
  const all = ["create", "delete", "get", "list", "watch", "patch", "update", "deletecollection"];

  it.for([
    ["edit", ["create", "delete", "get", "list", "watch", "patch"]],
    ["admin", ["create", "delete", "get", "list", "watch", "patch"]],
    ["view", ["get", "list", "watch"]],
  ] as const)("give a user with the role %s of a namespace %j on tests", async ([role, verbs], { skip }) => {
    const user = `${role}or`;
    await kubectl(cluster, [
      "create",
      "rolebinding",
      role,
      "-n",
      "shop",
      `--clusterrole=${role}`,
      `--user=${user}`,
    ]);
    skip(!cluster.garbageCollector, "KUBEBUILDER_ASSETS has no controllers: nothing aggregates roles");
    await vi.waitFor(async () => expect(await verbsOf(user, TESTS, all)).toEqual(verbs), {
      timeout: 20_000,
      interval: 200,
    });
    expect(await verbsOf(user, `${TESTS}/status`, ["update", "patch"])).toEqual([]);
  });
});

describe("roles of the operator's switches", () => {
  const operator = `system:serviceaccount:${OPERATOR.namespace}:${OPERATOR_SERVICE_ACCOUNT}`;
  const sinks = ["kollectsnapshotsinks", "kollectdatabasesinks", "kollecteventsinks"];

  it("let the operator patch sinks once sink triggers are applied", async () => {
    expect(await can(operator, "patch", "kollectdatabasesinks.kollect.dev")).toBe(false);
    const file = join(config, "rbac/operator-sink-triggers.yaml");
    await kubectl(cluster, ["apply", "--validate=strict", "-f", file]);
    for (const sink of sinks) {
      for (const resource of [`${sink}.kollect.dev`, `${sink}.kollect.dev/status`]) {
        await expect
          .poll(() => verbsOf(operator, resource, ["patch", "update", "delete", "create"]), SOON)
          .toEqual(["patch"]);
      }
    }
  });

  it("let the operator review access once the access check is applied", async () => {
    const review = "subjectaccessreviews.authorization.k8s.io";
    expect(await can(operator, "create", review)).toBe(false);
    await kubectl(cluster, [
      "apply",
      "--validate=strict",
      "-f",
      join(config, "rbac/operator-access-check.yaml"),
    ]);
    await expect.poll(() => can(operator, "create", review), SOON).toBe(true);
  });
});
