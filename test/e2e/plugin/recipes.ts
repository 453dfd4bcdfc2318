import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { postgresSink, secret, dsnOf } from "../../../lab/drafts";
import { pluginArguments, recipePath } from "../../fixtures/recipes";
import type { PluginStage } from "./fleet";

const NAMESPACE = "shop";
const TESTER = `system:serviceaccount:${NAMESPACE}:sink-tester`;
const NIGHTLY = "system:serviceaccount:sink-tests:nightly-sink-tests";

/** Whose rights each recipe has. */
const RECIPES = {
  "github-actions.yaml": TESTER,
  "gitlab-ci.yaml": TESTER,
  Jenkinsfile: TESTER,
  "tekton.yaml": TESTER,
  "argo-workflows.yaml": TESTER,
  "argo-rollouts.yaml": TESTER,
  "after-refresh.yaml": TESTER,
  "after-rotation.yaml": TESTER,
  "nightly.yaml": NIGHTLY,
} as const;

/** The command of every recipe, with the rights of its service account. */
export function recipes(stage: () => PluginStage): void {
  describe("the command of each recipe", () => {
    beforeAll(async () => {
      const { objects, postgres, stage: cluster } = stage().scene;
      await objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
      for (const file of ["rbac.yaml", "nightly.yaml"])
        await cluster.kubectl(["apply", "--validate=strict", "-f", recipePath(file)]);
      const { host, port, superuser } = postgres;
      await objects.apply(secret(NAMESPACE, "orders", { dsn: dsnOf({ host, port, ...superuser }) }));
      await objects.create(postgresSink(NAMESPACE, "orders"));
    });

    it.each(Object.entries(RECIPES))("%s succeeds with its own rights", async (name, user) => {
      const { stdout, stderr, code } = await runAs(name, user);
      expect(stderr).not.toContain("left to their TTL");
      expect(stdout).not.toContain("NotCreated");
      // Other namespaces have sinks that do not work.
      if (user === TESTER) expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/database\/orders +postgres +True/);
    });

    it("writes the reports that the recipe keeps", async () => {
      await runAs("gitlab-ci.yaml", TESTER);
      expect(["report.xml", "report.html"].map((file) => existsSync(fileOf(file)))).toEqual([true, true]);
    });

    it("fails where a sink does not work", async () => {
      const { objects } = stage().scene;
      await objects.create(postgresSink(NAMESPACE, "broken", { name: "no-such-secret" }));
      expect((await runAs("gitlab-ci.yaml", TESTER)).code).toBe(3);
    });

    it("has no further right than it needs", async () => {
      const { stage: cluster } = stage().scene;
      const can = async (...words: string[]): Promise<string> => {
        const asked = ["auth", "can-i", ...words, "-n", NAMESPACE, `--as=${TESTER}`];
        return (await cluster.tryKubectl(asked)).stdout.trim();
      };
      for (const words of [
        ["get", "secrets"],
        ["patch", "kollectconnectiontests.kollect.dev"],
        ["get", "kollectdatabasesinks.kollect.dev"],
      ])
        expect(await can(...words), words.join(" ")).toBe("no");
    });

    function fileOf(path: string): string {
      return join(stage().plugin.folder, path.split("/").at(-1) ?? "");
    }

    async function runAs(name: string, user: string): ReturnType<PluginStage["plugin"]["run"]> {
      const { scene, plugin } = stage();
      const { kubeconfig, context } = scene.stage.cluster;
      const words = pluginArguments(name);
      const given = words.filter(
        (word, index) => word !== "--kubeconfig" && words[index - 1] !== "--kubeconfig",
      );
      // Files go to a folder of the test's.
      const args = given.map((word, index) => (given[index - 1] === "--output-file" ? local(word) : word));
      return plugin.run([...args, "--kubeconfig", kubeconfig, "--context", context, "--as", user]);
    }

    function local(word: string): string {
      return word.includes("=") ? `markdown=${fileOf("summary.md")}` : fileOf(word);
    }
  });
}
