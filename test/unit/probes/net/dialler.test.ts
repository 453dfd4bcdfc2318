import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import { createAddressPolicy } from "../../../../capabilities/probes/net/address-policy";
import { createDialler } from "../../../../capabilities/probes/net/guarded-dialler";
import { blackHole, faultServer, neverConnects, refusedPort, type Fault } from "../../../../lab/faults";
import { fixedResolver, harness, rejection } from "./net-harness";

const cleanups: Array<() => Promise<unknown> | void> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function started(fault: Promise<Fault>): Promise<Fault> {
  const server = await fault;
  cleanups.push(() => server.close());
  return server;
}

function causeOf(error: unknown): string | undefined {
  expect(error).toBeInstanceOf(FailureError);
  return (error as FailureError).failure.cause;
}

describe("connect", () => {
  it("connects and notes the phases", async () => {
    const server = await started(blackHole());
    const { dialler, recorder } = harness();
    const socket = await dialler.connect({ host: "localhost", port: server.port });
    expect(socket.remotePort).toBe(server.port);
    dialler.close();
    const { phases } = recorder.report("x");
    expect(phases).toMatchObject([
      { name: "Resolve", result: "Passed" },
      { name: "Connect", result: "Passed" },
    ]);
  });

  it("dials the address that it checked, and asks the resolver once", async () => {
    const server = await started(blackHole());
    let answer = "127.0.0.1";
    // A rebinding name: the second answer is another one.
    const resolver = fixedResolver("127.0.0.1");
    const rebinding = (): ReturnType<typeof resolver> => {
      const now = [{ address: answer, family: 4 as const }];
      answer = "127.0.0.99";
      return resolver("").then(() => now);
    };
    const { dialler } = harness({ addresses: { allow: ["127.0.0.1"] }, resolveHost: rebinding });
    const socket = await dialler.connect({ host: "rebinding.example", port: server.port });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    expect(resolver.asked()).toBe(1);
    const again = await rejection(dialler.connect({ host: "rebinding.example", port: server.port }));
    expect(causeOf(again)).toBe("AddressDenied");
    expect(server.seen()).toBe(1);
    dialler.close();
  });

  it("leaves out the addresses that may not be dialled", async () => {
    const server = await started(blackHole());
    const { dialler } = harness({
      addresses: { allow: ["127.0.0.0/8"], deny: ["127.0.0.2"] },
      resolveHost: fixedResolver("127.0.0.2", "169.254.169.254", "127.0.0.1"),
    });
    const socket = await dialler.connect({ host: "mixed.example", port: server.port });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    dialler.close();
  });

  it("reports AddressDenied without dialling when no address may be dialled", async () => {
    const server = await started(blackHole());
    const { dialler, recorder } = harness({ addresses: {} });
    const error = await rejection(dialler.connect(server));
    expect(causeOf(error)).toBe("AddressDenied");
    expect((error as Error).message).toContain(`${server.host}:${server.port}`);
    expect(recorder.report("x").phases).toMatchObject([{ name: "Resolve", result: "Failed" }]);
    await sleep(50);
    expect(server.seen()).toBe(0);
  });

  it("goes on to the next address when one refuses", async () => {
    const server = await started(blackHole());
    const { dialler } = harness({ resolveHost: fixedResolver("127.0.0.2", "127.0.0.3", "127.0.0.1") });
    const socket = await dialler.connect({ host: "db", port: server.port });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    dialler.close();
  });

  it("starts the next address beside one that does not answer, and gives neither up early", async () => {
    const silent = await started(neverConnects());
    const server = createServer();
    server.listen(silent.port, "127.0.0.2");
    await once(server, "listening");
    cleanups.push(() => void server.close());
    const { dialler } = harness({ resolveHost: fixedResolver("127.0.0.1", "127.0.0.2") });
    const startedAt = performance.now();
    const socket = await dialler.connect({ host: "db", port: silent.port });
    expect(socket.remoteAddress).toBe("127.0.0.2");
    expect(performance.now() - startedAt).toBeLessThan(2500);
    dialler.close();
  });

  it("reports ConnectionRefused with host and port", async () => {
    const target = await refusedPort();
    const { dialler, recorder } = harness();
    const error = await rejection(dialler.connect(target));
    expect(causeOf(error)).toBe("ConnectionRefused");
    expect((error as Error).message).toContain(`${target.host}:${target.port}`);
    expect(recorder.report("x").phases.at(-1)).toMatchObject({ name: "Connect", result: "Failed" });
  });

  it("rejects with the signal's reason while it connects, and leaves no socket", async () => {
    const silent = await started(neverConnects());
    const { dialler, attempt } = harness();
    const connecting = rejection(dialler.connect({ host: "127.0.0.1", port: silent.port }));
    await sleep(50);
    const before = tcpSockets();
    const reason = new Error("enough");
    attempt.abort(reason);
    expect(await connecting).toBe(reason);
    await sleep(20);
    expect(tcpSockets()).toBeLessThan(before);
  });

  it("rejects with the signal's reason while it resolves", async () => {
    const { dialler, attempt } = harness({ resolveHost: () => new Promise(() => undefined) });
    const reason = new Error("enough");
    const connecting = rejection(dialler.connect({ host: "slow.example", port: 1 }));
    attempt.abort(reason);
    expect(await connecting).toBe(reason);
  });

  it("destroys what it gave when the attempt aborts, and connects no more", async () => {
    const server = await started(blackHole());
    const { dialler, attempt } = harness();
    const socket = await dialler.connect(server);
    attempt.abort(new Error("over"));
    await sleep(10);
    expect(socket.destroyed).toBe(true);
    await rejection(dialler.connect(server));
    await sleep(50);
    expect([server.seen(), server.open()]).toEqual([1, 0]);
  });

  it("destroys a connection that is made just when the attempt aborts", async () => {
    const server = await started(blackHole());
    const { recorder, attempt } = harness();
    const reason = new Error("over");
    const dialler = createDialler({
      policy: createAddressPolicy({ allow: [server.host] }),
      recorder: {
        ...recorder,
        phase: async (name, run) => {
          const value = await recorder.phase(name, run);
          if (name === "Connect") attempt.abort(reason);
          return value;
        },
      },
      resolveHost: fixedResolver(server.host),
      signal: attempt.signal,
    });
    const socket = await dialler.connect(server);
    expect([socket.destroyed, socket.errored]).toEqual([true, reason]);
  });

  it("does not end the process when a socket fails after its driver lost interest", async () => {
    const server = await started(
      faultServer((socket) => void setTimeout(() => socket.resetAndDestroy(), 20)),
    );
    const { dialler } = harness();
    const socket = await dialler.connect(server);
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(socket.errored).toMatchObject({ code: "ECONNRESET" });
  });
});

function tcpSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^TCP.*Wrap$/.test(name)).length;
}
