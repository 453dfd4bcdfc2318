import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { dsnOf } from "../../../lab/drafts";
import { runCommand } from "../../../lab/operator/run-command";
import { ROOT } from "../../../lab/stage";
import type { Scene } from "../scene/scene";

const SINK = "config/samples/kollect_v1alpha1_kollectdatabasesink.yaml";

/** The first commands of docs/gitops.md, word for word. */
function recipe(): string {
  const text = readFileSync(join(ROOT, "docs/gitops.md"), "utf8");
  const [, block = ""] = /^```sh\n([\s\S]*?)^```/m.exec(text) ?? [];
  return block;
}

export function pipeline(scene: () => Scene): void {
  describe("the recipe for a pipeline", () => {
    /** Whether the pipeline would go on. */
    const passes = async (): Promise<boolean> => {
      const { kubectl, kubeconfig } = scene().stage.cluster;
      const env = {
        PATH: `${dirname(kubectl)}:${process.env["PATH"]}`,
        KUBECONFIG: kubeconfig,
        HOME: dirname(kubeconfig), // for the cache of kubectl
      };
      const args = ["-e", "-c", recipe()];
      return runCommand({ command: "bash", args, cwd: ROOT, env, timeoutMs: 150_000 }).then(
        () => true,
        (error: Error) => {
          // The last command compares, and says nothing when that fails.
          if (/error:/i.test(error.message)) throw error;
          return false;
        },
      );
    };

    it("goes by the sink as it is now, whatever the run before has said", async () => {
      const { stage, postgres, objects } = scene();
      const { host, port, superuser } = postgres;
      const giveDsn = (password: string): Promise<unknown> => {
        const metadata = { name: "postgres-inventory-dsn", namespace: "default" };
        const stringData = { dsn: dsnOf({ host, port, user: superuser.user, password }) };
        return objects.patch({ apiVersion: "v1", kind: "Secret", metadata }, { stringData });
      };
      expect(recipe()).toContain("kubectl apply");
      await stage.kubectl(["apply", "-f", join(ROOT, SINK)]);
      const passed: boolean[] = [];
      for (const password of [superuser.password, "not-the-password", superuser.password]) {
        await giveDsn(password);
        passed.push(await passes());
      }
      expect(passed).toEqual([true, false, true]);
      await stage.kubectl([
        "delete",
        "kconntest",
        "postgres-sink-probe",
        "-n",
        "default",
        "--ignore-not-found",
      ]);
      await stage.kubectl(["delete", "-f", join(ROOT, SINK)]);
    });
  });
}
