import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import type { Report } from "../../../cli/report/report";
import type { Plugin } from "../../cli/plugin";
import type { Scene } from "../scene/scene";

/** What the plugin's end-to-end tests share. */
export interface PluginStage {
  readonly scene: Scene;
  readonly plugin: Plugin;
}

/** A namespace with a sink that works and one whose password is wrong. */
async function shop(scene: Scene): Promise<string> {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "orders");
  await scene.sink(namespace, "wrong", { password: "not-the-password" });
  return namespace;
}

/** One report of several contexts. */
export function fleet(stage: () => PluginStage): void {
  describe("kubectl kollect test in several contexts", () => {
    /** A copy of the kubeconfig in which the cluster has two names. */
    async function twoContexts(): Promise<string> {
      const { kubeconfig, context } = stage().scene.stage.cluster;
      const config = parse(readFileSync(kubeconfig, "utf8")) as {
        contexts: { name: string; context: object }[];
        clusters: { name: string; cluster: object }[];
      };
      const own = config.contexts.find(({ name }) => name === context);
      const nowhere = { name: "nowhere", cluster: { server: "https://127.0.0.1:9" } };
      const contexts = ["east", "west"].map((name) => ({ ...own, name }));
      const gone = { name: "gone", context: { ...own?.context, cluster: nowhere.name } };
      const file = join(stage().plugin.folder, "fleet.kubeconfig");
      const fleet = {
        ...config,
        contexts: [...contexts, gone],
        clusters: [...config.clusters, nowhere],
        "current-context": "east",
      };
      writeFileSync(file, stringify(fleet));
      return file;
    }

    it("tests all of them and leaves one report", async () => {
      const namespace = await shop(stage().scene);
      const kubeconfig = await twoContexts();
      const args = ["test", "--all", "-n", namespace, "-q", "-o", "json", "--kubeconfig", kubeconfig];
      const { code, stdout } = await stage().plugin.run([...args, "--context", "east,west"]);
      const { sinks, from } = JSON.parse(stdout) as Report;
      const found = sinks.map(({ context, name, verdict }) => `${context}/${name} ${verdict}`);
      expect(found.sort()).toEqual([
        "east/orders True",
        "east/wrong False",
        "west/orders True",
        "west/wrong False",
      ]);
      expect([code, from]).toEqual([3, "the clusters of contexts east, west"]);
      const left = ["get", "kconntest", "-n", namespace, "-o", "name"];
      expect(await stage().scene.stage.kubectl(left)).toBe("");
    });

    it("reports the others when one cannot be reached, and fails with its name", async () => {
      const namespace = await shop(stage().scene);
      const kubeconfig = await twoContexts();
      const args = [
        "test",
        "database/orders",
        "-n",
        namespace,
        "-q",
        "-o",
        "json",
        "--kubeconfig",
        kubeconfig,
      ];
      const options = ["--context", "east,gone", "--request-timeout", "2s"];
      const { code, stdout, stderr } = await stage().plugin.run([...args, ...options]);
      const { sinks, exitCode } = JSON.parse(stdout) as Report;
      const found = sinks.map(({ context, verdict }) => `${context} ${verdict}`);
      expect([...found, exitCode]).toEqual(["east True", "gone Unknown", 1]);
      expect(stderr).toContain('context "gone": ');
      expect(code).toBe(1);
    });
  });
}
