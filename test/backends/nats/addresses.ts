import { afterAll, describe, expect, it } from "vitest";
import { blackHole, proxy, refusedPort } from "../../../lab/faults";
import { login, STREAM } from "../../../lab/backends/nats";
import {
  TOKEN,
  streams,
  stopServers,
  start,
  run,
  expectFailure,
  urlOf,
  routePort,
  greetingOf,
} from "./stage";

export function addresses(): void {
  describe("nats: servers", () => {
    afterAll(stopServers);
    it("uses the first server that answers", async () => {
      const url = `${urlOf(await refusedPort())}, ${urlOf(streams)}`;
      const report = await run({ url, stream: STREAM, secret: login("kollect") });
      expect(report.failure).toBeUndefined();
    });

    it("gives a silent server no more than its share", async () => {
      const silent = await blackHole();
      try {
        const url = `${urlOf(silent)},${urlOf(streams)}`;
        const report = await run({ url, stream: STREAM, secret: login("kollect") }, { timeoutMs: 4000 });
        expect(report.failure).toBeUndefined();
        expect(report.latencyMs).toBeGreaterThanOrEqual(1950);
      } finally {
        await silent.close();
      }
    });

    it("names every server when none can be reached", async () => {
      const refused = await refusedPort();
      const report = await run({ url: `${urlOf(refused)},nats://no-such-server.invalid` });
      expect(report.failure?.cause).toBe("ConnectionRefused");
      expect(report.failure?.message).toMatch(
        /^None of the 2 servers can be used\. .*no-such-server\.invalid/,
      );
    });

    it("tries a refused login at the next server, as the exporter's client does", async () => {
      const other = await start({ config: { authorization: { token: TOKEN } } });
      const url = `${urlOf(streams)},${urlOf(other)}`;
      const report = await run({ url, secret: { token: TOKEN } });
      expect(report.failure).toBeUndefined();
    });

    it("dials no server that only the cluster names", async () => {
      const trap = await blackHole();
      const cluster = { name: "test", listen: "127.0.0.1:-1" };
      try {
        const server = await start({ jetstream: false, config: { cluster } });
        const routes = [`nats-route://127.0.0.1:${await routePort(server)}`];
        await start({
          jetstream: false,
          config: { cluster: { ...cluster, routes }, client_advertise: `${trap.host}:${trap.port}` },
        });
        await expect
          .poll(() => greetingOf(server), { timeout: 10_000 })
          .toMatch(new RegExp(`"connect_urls":\\[[^\\]]*"${trap.host}:${trap.port}"`));
        await expectFailure({ url: urlOf(server) }, "TargetNotFound", /JetStream is not enabled/);
        expect(trap.seen()).toBe(0);
      } finally {
        await trap.close();
      }
    });

    it("reports Unreachable when the connection is cut during the greeting", async () => {
      const cut = await proxy(streams, { cutAfterBytes: 100 });
      try {
        await expectFailure({ url: urlOf(cut) }, "Unreachable", /closed the connection/);
      } finally {
        await cut.close();
      }
    });
  });
}
