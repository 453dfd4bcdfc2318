import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { createCluster } from "../../../capabilities/kube/cluster";
import { loadConnection, tokenFile } from "../../../capabilities/kube/http/connection";
import { createTransport } from "../../../capabilities/kube/http/transport";
import { clock, refOf, rejection, STATUS, type Stage } from "./stage";

export function connections(stage: Stage): void {
  describe("connections", () => {
    it("fails while its token is refused, and takes up the renewed one without failing another call", async () => {
      const file = join(stage.plane.dataDir, "rotating-token");
      await writeFile(file, stage.plane.adminToken);
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromFile(stage.plane.kubeconfig);
      const credentials = tokenFile(file, clock);
      const connection = { ...(await loadConnection(clock, kubeConfig)), credentials };
      await writeFile(file, "expired");
      const transport = createTransport({ connection, clock, log: stage.log, userAgent: "rotating" });
      const reporter = { controller: "kollect.dev/connection-test", instance: "a" };
      const cluster = createCluster({ transport, clock, log: stage.log, reporter });
      expect(await rejection(cluster.getTest("shop", "read"))).toMatchObject({
        status: 401,
        transient: false,
      });
      await writeFile(file, stage.plane.adminToken);
      expect(await cluster.getTest("shop", "read")).toBeDefined();
      transport.close();
    });

    it("refuses an API server whose certificate the CA does not vouch for, at once", async () => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromFile(stage.plane.kubeconfig);
      const connection = { ...(await loadConnection(clock, kubeConfig)), tls: {} };
      const transport = createTransport({ connection, clock, log: stage.log, userAgent: "x" });
      const started = Date.now();
      const request = { call: "get version", method: "GET", path: "/version" } as const;
      const error = await rejection(transport.send(request));
      expect(error).toMatchObject({ status: 0 });
      expect(error.reason).toMatch(/^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/);
      expect(Date.now() - started).toBeLessThan(5_000);
      transport.close();
    });

    it("makes 200 calls at once over at most 16 sockets", async () => {
      const sockets = (): number =>
        process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
      const pooled = await stage.connect("pooled");
      const before = sockets();
      let most = 0;
      const sampling = setInterval(() => (most = Math.max(most, sockets() - before)), 1);
      const calls = Array.from({ length: 200 }, () => pooled.cluster.getSecret("shop", "pg-dsn"));
      const secrets = await Promise.all(calls);
      clearInterval(sampling);
      pooled.close();
      expect(secrets.every((secret) => secret?.name === "pg-dsn")).toBe(true);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(16);
    });

    it("waits for an API server that restarts in the middle of a call", async () => {
      const test = await stage.createTest("restart");
      const { apiServer } = stage.plane.processes;
      apiServer.kill("SIGKILL");
      await apiServer.exited;
      const write = stage.connected.cluster.writeStatus(refOf(test), STATUS);
      await apiServer.restart();
      expect(await write).toBe("written");
      expect((await stage.readTest("restart")).status?.completed).toBe(true);
    });
  });
}
