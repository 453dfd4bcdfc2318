import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { established } from "../../../lab/control-plane/kubectl";
import { waitUntil } from "../../../lab/control-plane/wait";
import { readObjects, type KubeObject } from "../../../lab/operator/objects";
import { ROOT } from "../../../lab/stage";
import type { Installation } from "./installation";

const WATCHER = "deployment/pepr-kollect-connection-test-watcher";
const TIMEOUT_MS = 300_000;
const OURS = "kollect-connection-test";
const OTHER = "another-installer";
const FOREIGN = "kollecteventsinks.kollect.dev";

interface Crd {
  readonly metadata: {
    readonly name: string;
    readonly managedFields: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly spec: object;
}

export function peprDeployment(installation: () => Installation): void {
  const crds = async (): Promise<readonly Crd[]> => {
    const list = await installation().kubectl("get", "crd", "-o", "json", "--show-managed-fields");
    const { items } = JSON.parse(list) as { items: Crd[] };
    return items.filter(({ metadata }) => metadata.name.endsWith(".kollect.dev"));
  };
  const managersOf = ({ metadata }: Crd): string[] =>
    metadata.managedFields.filter(({ operation }) => operation === "Apply").map(({ manager }) => manager);

  describe("npx pepr deploy --yes", () => {
    it(
      "ends with exit code 0 when all pods are ready, also on a cluster without our kinds",
      { timeout: TIMEOUT_MS },
      async () => {
        const printed = await installation().deploy("0.1.0", { KOLLECT_INSTALL_CRDS: "false" });

        expect(printed).toContain("Module deployed successfully");
        const roles = installation().kubelet.pods.map(
          ({ pod }) => pod.metadata.labels?.["pepr.dev/controller"],
        );
        expect(roles.sort()).toEqual(["admission", "admission", "watcher"]);
      },
    );

    it("installs no CRD when it is not to, says once what is missing, and goes on without a restart", async () => {
      const [watcher] = installation().watchers();
      const lines = (): string[] => readFileSync(watcher?.logFile ?? "", "utf8").split("\n");
      const missing = (line: string): boolean => line.includes('"missing":');

      await waitUntil({ what: "the line", timeoutMs: 10_000 }, async () => lines().find(missing));

      expect(await crds()).toEqual([]);
      expect(lines().filter(missing)).toHaveLength(1);
      expect(lines().find(missing)).toContain("kubectl apply -k config/crd");
      expect(watcher?.containers.map(({ restarts }) => restarts)).toEqual([0]);
    });

    it(
      "installs the CRDs that are missing as a manager of its own, and leaves another installer's as it is",
      { timeout: TIMEOUT_MS },
      async () => {
        const foreign = await installForeign();
        const { kubectl } = installation();

        await kubectl("set", "env", WATCHER, "-n", "pepr-system", "KOLLECT_INSTALL_CRDS-");
        await installation().rolledOut();
        await waitUntil(
          { what: "the CRDs", timeoutMs: 60_000 },
          async () => (await crds()).length === 4 || undefined,
        );
        await established(installation().cluster, ["crd", "--all"]);

        const found = await crds();
        const ours = found.filter(({ metadata }) => metadata.name !== FOREIGN);
        expect(ours.map(managersOf)).toEqual([[OURS], [OURS], [OURS]]);
        const left = found.find(({ metadata }) => metadata.name === FOREIGN) as Crd;
        expect(managersOf(left)).toEqual([OTHER]);
        expect(left.spec).toEqual(foreign.spec);
      },
    );

    it("reaches a verdict, with the name of the user who asked", async () => {
      await installation().sink("counted");

      const test = await installation().verdict(await installation().create("finished", "counted"));

      expect(test.status?.conditions?.[0]).toMatchObject({ type: "ConnectionVerified", status: "True" });
      expect(test.status?.requestedBy).toBe("admin");
      expect(test.metadata.ownerReferences).toHaveLength(1);
    });

    it("people get their roles by one command", async () => {
      const { kubectl, tryKubectl } = installation();
      await kubectl(
        "create",
        "rolebinding",
        "edit",
        "-n",
        "default",
        "--clusterrole=edit",
        "--user=developer",
      );
      const may = [
        "auth",
        "can-i",
        "create",
        "kollectconnectiontests.kollect.dev",
        "-n",
        "default",
        "--as=developer",
      ];
      expect((await tryKubectl(...may)).stdout.trim()).toBe("no");

      await kubectl("apply", "-k", join(ROOT, "config/rbac"));

      await waitUntil(
        { what: "the aggregation of roles", timeoutMs: 10_000 },
        async () => (await tryKubectl(...may)).stdout.trim() === "yes" || undefined,
      );
    });
  });

  /** The same kind with other words, as Kollect's own CRD would be. */
  async function installForeign(): Promise<Crd> {
    const [crd] = readObjects(join(ROOT, `config/crd/kollect.dev_kollecteventsinks.yaml`)) as unknown as [
      Foreign,
    ];
    for (const version of crd.spec.versions)
      version.schema.openAPIV3Schema.description = "Another installer's.";
    await installation().api.request({
      method: "PATCH",
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${FOREIGN}?fieldManager=${OTHER}`,
      contentType: "application/apply-patch+yaml",
      body: crd,
    });
    await established(installation().cluster, [`crd/${FOREIGN}`]);
    return (await crds())[0] as Crd;
  }
}

type Foreign = KubeObject & {
  readonly spec: { readonly versions: { schema: { openAPIV3Schema: { description?: string } } }[] };
};
