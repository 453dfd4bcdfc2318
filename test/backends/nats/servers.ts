import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { login, WRONG_PASSWORD } from "../../../lab/backends/nats";
import { waitUntil } from "../../../lab/control-plane/wait";
import { blackHole, proxy, refusedPort } from "../../../lab/faults";
import type { NatsServer } from "../../../lab/servers/nats";
import { expectFailure, expectPassed } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run, urlOf, useServers, type Stage } from "./stage";

/** Where a server of a cluster listens for the others. */
function routePort(server: NatsServer): Promise<number> {
  const port = (): number =>
    Number(/Listening for route connections on [^\s]*:(\d+)/.exec(server.log())?.[1]);
  return waitUntil({ what: "the port for routes", timeoutMs: 20_000 }, () =>
    Promise.resolve(port() || undefined),
  );
}

async function greetingOf({ host, port }: NatsServer): Promise<string> {
  const socket = connect(port, host);
  const [greeting] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return greeting.toString();
}

export function servers(stage: Stage): void {
  describe("nats: servers", () => {
    const start = useServers();

    it("uses the first server that answers", async () => {
      const url = `${urlOf(await refusedPort())}, ${urlOf(stage.streams)}`;
      await expectPassed(run({ url, secret: login("kollect") }));
    });

    it("gives a silent server no more than its share", async () => {
      const silent = await duringTest(blackHole());
      const url = `${urlOf(silent)},${urlOf(stage.streams)}`;
      const report = await expectPassed(run({ url, secret: login("kollect") }, { timeoutMs: 4000 }));
      expect(report.latencyMs).toBeGreaterThanOrEqual(1950);
    });

    it("names every server when none can be reached", async () => {
      const refused = await refusedPort();
      await expectFailure(
        run({ url: `${urlOf(refused)},nats://no-such-server.invalid` }),
        "ConnectionRefused",
        /^None of the 2 servers can be used\. .*no-such-server\.invalid/,
      );
    });

    it("does not try a refused login at the next server", async () => {
      const next = await duringTest(blackHole());
      const url = `${urlOf(stage.streams)},${urlOf(next)}`;
      await expectFailure(run({ url, secret: login("kollect", WRONG_PASSWORD) }), "AuthenticationFailed");
      expect(next.seen()).toBe(0);
    });

    it("dials no server that only the cluster names", async () => {
      const trap = await duringTest(blackHole());
      const cluster = { name: "test", listen: "127.0.0.1:-1" };
      const server = await start({ config: { cluster } });
      const routes = [`nats-route://127.0.0.1:${await routePort(server)}`];
      await start({
        config: { cluster: { ...cluster, routes }, client_advertise: `${trap.host}:${trap.port}` },
      });
      await expect
        .poll(() => greetingOf(server), { timeout: 10_000 })
        .toMatch(new RegExp(`"connect_urls":\\[[^\\]]*"${trap.host}:${trap.port}"`));
      await expectPassed(run({ url: urlOf(server) }));
      expect(trap.seen()).toBe(0);
    });

    it("reports Unreachable when the connection is cut during the greeting", async () => {
      const cut = await duringTest(proxy(stage.streams, { cutAfterBytes: 100 }));
      await expectFailure(run({ url: urlOf(cut) }), "Unreachable", /cut the connection/);
    });
  });
}
