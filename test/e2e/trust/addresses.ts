import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { OPERATOR_SERVICE_ACCOUNT } from "../../../generate/config/roles";
import { ADVERTISED_ADDRESS } from "../../../lab/control-plane/parts";
import { dsnOf, postgresSink, secret } from "../../../lab/drafts";
import type { Named } from "../scene/objects";
import type { Scene } from "../scene/scene";
import { blackHole } from "../../../lab/faults";

async function verdictAt(scene: Scene, host: string, port: number): Promise<KollectConnectionTest> {
  const namespace = await scene.namespace();
  await scene.objects.create(secret(namespace, "orders", { dsn: dsnOf({ host, port, password: "x1y2z3" }) }));
  await scene.objects.create(postgresSink(namespace, "orders"));
  return scene.verdict(await scene.test(namespace));
}

/** With loopback allowed, as in every test with a server on this machine. */
export function apiServerAddress(scene: () => Scene): void {
  it("the API server is not dialled although the range that it is in is allowed", async () => {
    const { hostname, port } = new URL(scene().stage.api.url);

    const { status } = await verdictAt(scene(), hostname, Number(port));

    expect(status?.probe?.cause).toBe("AddressDenied");
    expect(status?.conditions?.[0]?.message).toContain("is the Kubernetes API server");
  });

  it("nor is the address behind its Service, which only the API server itself tells", async () => {
    const { port } = new URL(scene().stage.api.url);

    const { status } = await verdictAt(scene(), ADVERTISED_ADDRESS, Number(port));

    expect(status?.probe?.cause).toBe("AddressDenied");
    expect(status?.conditions?.[0]?.message).toContain("is the Kubernetes API server");
  });
}

/** Restarts the operator as it is without configuration; comes last. */
export function defaults(scene: () => Scene): void {
  describe("without configuration", () => {
    beforeAll(async () => {
      await scene().stage.operator.stop();
      await scene().stage.startOperator({
        KOLLECT_ALLOW_CIDRS: "",
        KOLLECT_REQUIRE_SINK_ACCESS: "",
        KOLLECT_LOG_LEVEL: "",
      });
    });

    it.each(["127.0.0.1", "localhost", "2130706433"])("%s is not dialled", async (host) => {
      const listener = await blackHole();
      try {
        const { status } = await verdictAt(scene(), host, listener.port);

        expect(status?.probe?.cause).toBe("AddressDenied");
        expect(status?.conditions?.[0]?.message).toContain("is a loopback address");
        expect(listener.seen()).toBe(0);
      } finally {
        await listener.close();
      }
    });

    it("the logs hold the audit record, and not the secret path of the webhooks", async () => {
      const { objects } = scene();
      const { operator } = scene().stage;
      const configuration = (await objects.read<Named>({
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: OPERATOR_SERVICE_ACCOUNT },
      })) as unknown as { webhooks: { clientConfig: { url: string } }[] };
      const secretPath = new URL(configuration.webhooks[0]?.clientConfig.url ?? "").pathname
        .split("/")
        .at(-1);
      await verdictAt(scene(), "127.0.0.1", 1);

      const logs = operator.processes.map(({ logFile }) => readFileSync(logFile, "utf8")).join("\n");

      expect(secretPath).toMatch(/^[0-9a-f]{32,}$/);
      expect(logs).toContain('"audit":true');
      expect(logs).not.toContain(secretPath);
    });
  });
}
