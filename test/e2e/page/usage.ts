import { describe, expect, it } from "vitest";
import { dsnOf } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";

/** The page's own commands, as they stand there. */
const APPLY_SINK = "kubectl apply -f config/samples/kollect_v1alpha1_kollectdatabasesink.yaml";
const APPLY_TEST = "kubectl apply -f config/samples/kollect_v1alpha1_kollectconnectiontest.yaml";
const WAIT =
  "kubectl wait --for=condition=ConnectionVerified kollectconnectiontest/postgres-sink-probe -n default --timeout=120s";
const SHOW = "kubectl get kconntest postgres-sink-probe -n default -o wide";
const DELETE = "kubectl delete kconntest postgres-sink-probe -n default";
const PATCH = `kubectl patch kconntest postgres-sink-probe -n default --type=merge -p '{"spec":{"ttlSecondsAfterFinished":600}}'`;

/** The words of a command line; single quotes keep one together. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

interface Probed {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly status: {
    readonly probeId: string;
    readonly observedGeneration: number;
    readonly completed: boolean;
  };
}

export function sampleUsage(scene: () => Scene): void {
  describe("the sample usage", () => {
    const run = (command: string): Promise<string> => {
      const [program, ...args] = words(command);
      if (program !== "kubectl") throw new Error(`${program} is not kubectl`);
      return scene().stage.kubectl(args);
    };
    const read = async (): Promise<Probed> =>
      JSON.parse(await run("kubectl get kconntest postgres-sink-probe -n default -o json")) as Probed;

    /** The sample says to put your DSN in. */
    const putDsn = async (password: string): Promise<void> => {
      const { host, port, superuser } = scene().postgres;
      const stringData = { dsn: dsnOf({ host, port, user: superuser.user, password }) };
      const name = "postgres-inventory-dsn";
      const ref = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "default" } };
      await scene().objects.patch(ref, { stringData });
    };

    it("verifies the sample sink, re-runs after a fix of the credentials, and re-probes by the page's patch", async () => {
      expect(await run(APPLY_SINK)).toContain(
        "kollectdatabasesink.kollect.dev/postgres-inventory-demo created",
      );
      await putDsn("not-the-password");
      expect(await run(APPLY_TEST)).toContain(
        "kollectconnectiontest.kollect.dev/postgres-sink-probe created",
      );
      await run(WAIT.replace("ConnectionVerified", "ConnectionVerified=False"));
      expect(await run(SHOW)).toMatch(
        /postgres-sink-probe +postgres-inventory-demo +postgres +False +AuthenticationFailed +\d+ +\S+ +ConnectionTestFailed +(?:<none>)? *\d+ +127\.0\.0\.1:\d+ +\d+s +PostgreSQL at .* refused the password of user postgres\..*\s*$/,
      );
      const refused = await read();

      await putDsn(scene().postgres.superuser.password);
      await run(DELETE);
      await run(APPLY_TEST);
      expect(await run(WAIT)).toContain(
        "kollectconnectiontest.kollect.dev/postgres-sink-probe condition met",
      );
      expect(await run(SHOW)).toMatch(
        /^NAME +SINK +TYPE +VERIFIED +CAUSE +LATENCY +AGE +REASON +CHANGED +UNPROVEN +ENDPOINT +COMPLETED +MESSAGE\npostgres-sink-probe +postgres-inventory-demo +postgres +True +(?:<none>)? +\d+ +\S+ +ConnectionOK +(?:<none>)? *\d+ +127\.0\.0\.1:\d+ +\d+s +PostgreSQL at .* passed .*\s*$/,
      );
      const verified = await read();
      expect(verified.metadata).toMatchObject({ generation: 1 });
      expect(verified.metadata.uid).not.toBe(refused.metadata.uid);

      expect(await run(PATCH)).toContain("kollectconnectiontest.kollect.dev/postgres-sink-probe patched");
      await run(WAIT);
      const again = await read();
      expect(again.status).toMatchObject({ completed: true, observedGeneration: 2 });
      expect(again.status.probeId).not.toBe(verified.status.probeId);
      await run(DELETE);
    });

    it("shows the test under its short name and its category", async () => {
      const namespace = await scene().namespace();
      const { stage } = scene();
      const spec = { sinkRef: { databaseSinkRef: "absent" } };
      const test = {
        apiVersion: "kollect.dev/v1alpha1",
        kind: "KollectConnectionTest",
        metadata: { name: "a" },
        spec,
      };
      await stage.kubectl(["apply", "-n", namespace, "-f", "-"], { input: JSON.stringify(test) });
      expect(await stage.kubectl(["get", "kconntest", "-n", namespace, "-o", "name"])).toBe(
        "kollectconnectiontest.kollect.dev/a\n",
      );
      expect(await stage.kubectl(["get", "kollect", "-n", namespace])).toMatch(/\ba +absent/);
    });
  });
}
