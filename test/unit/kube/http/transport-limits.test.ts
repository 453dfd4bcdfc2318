import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTransport } from "../../../../capabilities/kube/http/transport";
import { connectionTo, failure, fastClock, GET, json, memoryLog, setUpTransport, type Answer } from "./peer";

/**
 * The seventh attempt comes after 6.3 s and would be followed by 5 s of delay, more than is left by far. A deadline
 * that fell into a delay or an attempt, as may be on a busy machine, would be reported instead of the last answer.
 */
const WITH_ROOM = { random: () => 0.999, deadlineMs: 10_800 };

describe("transport", () => {
  it("gives up at once when Retry-After is beyond the deadline", async () => {
    const { peer, transport, clock } = await setUpTransport(json(429, {}, { "retry-after": "3600" }));
    const before = clock.now();
    expect(await failure(transport.send(GET))).toMatchObject({ status: 429, transient: true });
    expect(peer.received).toHaveLength(1);
    expect(clock.now() - before).toBeLessThan(25_000);
  });

  it("keeps trying until the deadline while the server says 500, and reports that last answer", async () => {
    const status = { kind: "Status", message: "etcdserver: leader changed", reason: "InternalError" };
    const clock = fastClock(5);
    const { peer, transport } = await setUpTransport(json(500, status), { clock, ...WITH_ROOM });
    const before = clock.now();
    const error = await failure(transport.send(GET));
    expect(error).toMatchObject({ status: 500, reason: "InternalError", call: GET.call, transient: true });
    expect(error.message).toBe("get Secret shop/pg-dsn: etcdserver: leader changed");
    expect(peer.received.length).toBeGreaterThan(4);
    expect(clock.now() - before).toBeLessThan(180_000);
  });

  it("reports ECONNREFUSED when the port stays closed until the deadline", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const connection = connectionTo(new URL(`http://127.0.0.1:${port}`));
    const given = { connection, clock: fastClock(5), log: memoryLog(), userAgent: "x" };
    const transport = createTransport({ ...given, ...WITH_ROOM });
    onTestFinished(() => transport.close());
    expect(await failure(transport.send(GET))).toMatchObject({
      status: 0,
      reason: "ECONNREFUSED",
      transient: true,
    });
  });

  it("takes no answer for final after as many attempts as it may make", async () => {
    const { peer, transport } = await setUpTransport(
      (response, _received, count) => (count < 3 ? response.writeHead(503).end() : response.destroy()),
      { ...WITH_ROOM, maxUnanswered: 4 },
    );
    expect(await failure(transport.send(GET))).toMatchObject({ status: 0, reason: "ECONNRESET" });
    expect(peer.received).toHaveLength(4);
  });

  it("reports TimedOut at its deadline when the server is silent, and closes the socket", async () => {
    let closed = 0;
    const { transport, clock } = await setUpTransport(
      (response) => response.on("close", () => (closed += 1)),
      {
        deadlineMs: 3_000,
      },
    );
    const before = clock.now();
    expect(await failure(transport.send(GET))).toMatchObject({
      status: 0,
      reason: "TimedOut",
      transient: true,
    });
    expect(clock.now() - before).toBeLessThan(30_000);
    await expect.poll(() => closed).toBe(1);
  });

  it("reports TimedOut at its deadline when the answer drips", async () => {
    const { transport } = await setUpTransport(
      (response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(" "), 5);
        response.on("close", () => clearInterval(timer));
      },
      { deadlineMs: 3_000 },
    );
    expect(await failure(transport.send(GET))).toMatchObject({ reason: "TimedOut" });
  });

  it("sends again when a socket is silent for too long", async () => {
    const { peer, transport } = await setUpTransport(
      (response, received, count) => {
        if (count > 1) json(200, { count })(response, received, count);
      },
      { silenceMs: 250 },
    );
    await expect(transport.send(GET)).resolves.toEqual({ status: 200, body: { count: 2 } });
    expect(peer.received).toHaveLength(2);
  });

  it("refuses an answer that is too large without reading the rest or trying again", async () => {
    const { peer, transport } = await setUpTransport((response) => {
      response.writeHead(200);
      const more = (): boolean => response.write("x".repeat(65_536));
      response.on("drain", more);
      more();
    });
    const error = await failure(transport.send({ ...GET, maxBytes: 1_000_000 }));
    expect(error).toMatchObject({ status: 0, reason: "TooLarge", transient: false });
    expect(error.message).toBe("get Secret shop/pg-dsn: the answer has more than 1000000 bytes");
    expect(peer.received).toHaveLength(1);
  });

  it("never has more sockets than allowed, and uses them again", async () => {
    const { peer, transport } = await setUpTransport(
      (...answer) => setTimeout(() => json(200, {})(...answer), 2),
      {
        maxSockets: 4,
      },
    );
    await Promise.all(Array.from({ length: 100 }, () => transport.send(GET)));
    expect(peer.received).toHaveLength(100);
    expect(peer.mostConnections).toBe(4);
    expect(new Set(peer.received.map(({ port }) => port)).size).toBe(4);
  });

  it("does not count the wait for a socket against the deadline", async () => {
    const slow: Answer = (...answer) => setTimeout(() => json(200, {})(...answer), 20);
    const { transport } = await setUpTransport(slow, { maxSockets: 1, deadlineMs: 15_000 });
    // 20 ms are a second of this clock: all together take 20 s, each alone one.
    const all = await Promise.all(Array.from({ length: 20 }, () => transport.send(GET)));
    expect(all).toHaveLength(20);
  });

  it.each([
    ["while it waits for an answer", {}],
    ["while it waits for a socket", { maxSockets: 1 }],
  ])("rejects with the signal's reason at once when aborted %s", async (_name, options) => {
    const { peer, transport } = await setUpTransport(() => undefined, options);
    const blocking = transport.send(GET).catch((error: unknown) => error);
    const abort = new AbortController();
    const aborted = transport.send(GET, abort.signal);
    await expect.poll(() => peer.received.length).toBeGreaterThan(0);
    const reason = new Error("the run is over");
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    transport.close();
    await blocking;
  });

  it("rejects with the signal's reason when aborted while it waits to try again", async () => {
    const { peer, transport } = await setUpTransport(json(503, {}, { "retry-after": "20" }));
    const abort = new AbortController();
    const aborted = transport.send(GET, abort.signal);
    await expect.poll(() => peer.received.length).toBe(1);
    const reason = new Error("the run is over");
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
  });

  it("sends nothing when the signal has aborted already", async () => {
    const { peer, transport } = await setUpTransport(json(200, {}));
    const reason = new Error("too late");
    await expect(transport.send(GET, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(peer.received).toHaveLength(0);
  });

  it("lets the next call through after an aborted one, with no socket or listener left", async () => {
    const { peer, transport } = await setUpTransport(
      (response, received, count) => {
        if (count > 1) json(200, {})(response, received, count);
      },
      { maxSockets: 1 },
    );
    const abort = new AbortController();
    const first = transport.send(GET, abort.signal);
    const second = transport.send(GET);
    await expect.poll(() => peer.received.length).toBe(1);
    abort.abort(new Error("gone"));
    await expect(first).rejects.toThrow("gone");
    await expect(second).resolves.toMatchObject({ status: 200 });
  });

  it("fails what is under way when it is closed, and every later call, without another attempt", async () => {
    const { peer, transport } = await setUpTransport(() => undefined);
    const underWay = failure(transport.send(GET));
    await expect.poll(() => peer.received.length).toBe(1);
    transport.close();
    expect(await underWay).toMatchObject({ status: 0, reason: "ECONNRESET" });
    expect(await failure(transport.send(GET))).toMatchObject({ reason: "Closed", transient: false });
    expect(peer.received).toHaveLength(1);
  });
});
