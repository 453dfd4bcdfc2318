import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ClusterError } from "../../../../capabilities/domain/cluster-error";
import type { Connection } from "../../../../capabilities/kube/http/connection";
import type { ApiRequest } from "../../../../capabilities/kube/http/request";
import {
  createTransport,
  type Transport,
  type TransportOptions,
} from "../../../../capabilities/kube/http/transport";
import { connectionTo, fastClock, memoryLog, startPeer, type Answer, type Peer } from "./peer";

const GET: ApiRequest = { call: "get Secret shop/pg-dsn", method: "GET", path: "/api/v1/x" };

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Setup {
  readonly peer: Peer;
  readonly transport: Transport;
  readonly clock: ReturnType<typeof fastClock>;
  readonly log: ReturnType<typeof memoryLog>;
}

async function setUp(
  answer: Answer,
  options: Partial<TransportOptions> = {},
  credentials: Partial<Connection["credentials"]> = {},
): Promise<Setup> {
  const peer = await startPeer(answer);
  const clock = fastClock(50);
  const log = memoryLog();
  const connection = connectionTo(peer.url, credentials);
  const transport = createTransport({
    connection,
    clock,
    log,
    userAgent: "kollect-connection-test/1.2.3",
    random: () => 0,
    ...options,
  });
  cleanups.push(() => transport.close(), peer.stop);
  return { peer, transport, clock, log };
}

/**
 * The seventh attempt comes after 6.3 s and would be followed by 5 s of delay, more than is left by far. A deadline
 * that fell into a delay or an attempt, as may be on a busy machine, would be reported instead of the last answer.
 */
const WITH_ROOM = { random: () => 0.999, deadlineMs: 10_800 };

async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClusterError);
  return error as ClusterError;
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

describe("transport", () => {
  it("sends method, path, headers and body, and gives the parsed answer", async () => {
    const { peer, transport } = await setUp(
      json(201, { kind: "Thing" }),
      {},
      {
        authorization: () => Promise.resolve("Bearer abc"),
      },
    );
    const request = {
      ...GET,
      method: "POST",
      contentType: "application/json-patch+json",
      body: [{ ü: 1 }],
    } as const;
    await expect(transport.send(request)).resolves.toEqual({ status: 201, body: { kind: "Thing" } });
    expect(peer.received).toMatchObject([
      {
        method: "POST",
        path: "/api/v1/x",
        body: '[{"ü":1}]',
        headers: {
          authorization: "Bearer abc",
          accept: "application/json",
          "content-type": "application/json-patch+json",
          "user-agent": "kollect-connection-test/1.2.3",
        },
      },
    ]);
  });

  it("keeps the path of an API server that lives below one", async () => {
    const peer = await startPeer(json(200, {}));
    const connection = connectionTo(new URL("/k8s/clusters/one/", peer.url));
    const transport = createTransport({ connection, clock: fastClock(1), log: memoryLog(), userAgent: "x" });
    cleanups.push(() => transport.close(), peer.stop);
    await transport.send(GET);
    expect(peer.received[0]?.path).toBe("/k8s/clusters/one/api/v1/x");
  });

  it("waits as Retry-After asks, then gives the answer of the last attempt", async () => {
    const { peer, transport, clock, log } = await setUp((response, received, count) => {
      if (count === 1) response.writeHead(429, { "retry-after": "2" }).end();
      else if (count === 2) response.writeHead(503).end();
      else json(200, { count })(response, received, count);
    });
    const before = clock.now();
    await expect(transport.send(GET)).resolves.toEqual({ status: 200, body: { count: 3 } });
    expect(peer.received).toHaveLength(3);
    expect(clock.slept).toEqual(expect.arrayContaining([2_000, 100]));
    expect(clock.now() - before).toBeGreaterThanOrEqual(2_000);
    expect(log.lines).toHaveLength(2);
  });

  it("gives up at once when Retry-After is beyond the deadline", async () => {
    const { peer, transport, clock } = await setUp(json(429, {}, { "retry-after": "3600" }));
    const before = clock.now();
    expect(await failure(transport.send(GET))).toMatchObject({ status: 429, transient: true });
    expect(peer.received).toHaveLength(1);
    expect(clock.now() - before).toBeLessThan(25_000);
  });

  it("keeps trying until the deadline while the server says 500, and reports that last answer", async () => {
    const status = { kind: "Status", message: "etcdserver: leader changed", reason: "InternalError" };
    const clock = fastClock(5);
    const { peer, transport } = await setUp(json(500, status), { clock, ...WITH_ROOM });
    const before = clock.now();
    const error = await failure(transport.send(GET));
    expect(error).toMatchObject({ status: 500, reason: "InternalError", call: GET.call, transient: true });
    expect(error.message).toBe("get Secret shop/pg-dsn: etcdserver: leader changed");
    expect(peer.received.length).toBeGreaterThan(4);
    expect(clock.now() - before).toBeLessThan(180_000);
  });

  it("sends again when the connection breaks before the answer is whole", async () => {
    const { peer, transport } = await setUp((response, received, count) => {
      if (count === 1) response.socket?.resetAndDestroy();
      else if (count === 2) {
        response.writeHead(200, { "content-length": "100" });
        response.write("{", () => response.socket?.destroy());
      } else json(200, { count })(response, received, count);
    });
    await expect(transport.send(GET)).resolves.toEqual({ status: 200, body: { count: 3 } });
    expect(peer.received).toHaveLength(3);
  });

  it("reports ECONNREFUSED when nobody listens until the deadline", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const connection = connectionTo(new URL(`http://127.0.0.1:${port}`));
    const options = {
      connection,
      clock: fastClock(5),
      log: memoryLog(),
      userAgent: "x",
      ...WITH_ROOM,
    };
    const transport = createTransport(options);
    cleanups.push(() => transport.close());
    expect(await failure(transport.send(GET))).toMatchObject({
      status: 0,
      reason: "ECONNREFUSED",
      transient: true,
    });
  });

  it("reports TimedOut at its deadline when the server is silent, and closes the socket", async () => {
    let closed = 0;
    const { transport, clock } = await setUp((response) => response.on("close", () => (closed += 1)), {
      deadlineMs: 3_000,
    });
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
    const { transport } = await setUp(
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
    const { peer, transport } = await setUp(
      (response, received, count) => {
        if (count > 1) json(200, { count })(response, received, count);
      },
      { silenceMs: 250 },
    );
    await expect(transport.send(GET)).resolves.toEqual({ status: 200, body: { count: 2 } });
    expect(peer.received).toHaveLength(2);
  });

  it("refuses an answer that is too large without reading the rest or trying again", async () => {
    const { peer, transport } = await setUp((response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write("x".repeat(65_536), more);
      };
      more();
    });
    const error = await failure(transport.send({ ...GET, maxBytes: 1_000_000 }));
    expect(error).toMatchObject({ status: 0, reason: "TooLarge", transient: false });
    expect(error.message).toBe("get Secret shop/pg-dsn: the answer has more than 1000000 bytes");
    expect(peer.received).toHaveLength(1);
  });

  it.each([
    [400, "BadRequest"],
    [403, "Forbidden"],
    [409, "Conflict"],
    [422, "Invalid"],
  ])("rejects with %d once when the caller does not judge it", async (status, reason) => {
    const { peer, transport } = await setUp(json(status, { kind: "Status", reason, message: "no" }));
    expect(await failure(transport.send(GET))).toMatchObject({ status, reason, transient: false });
    expect(peer.received).toHaveLength(1);
  });

  it("hands over an answer that the caller judges", async () => {
    const { transport } = await setUp(json(404, { kind: "Status", reason: "NotFound" }));
    await expect(transport.send({ ...GET, judged: [404] })).resolves.toMatchObject({ status: 404 });
  });

  it("tries a conflict again only for calls that ask for it", async () => {
    const { peer, transport } = await setUp((response, received, count) => {
      json(count < 3 ? 409 : 200, {})(response, received, count);
    });
    await expect(transport.send({ ...GET, retryConflict: true })).resolves.toMatchObject({ status: 200 });
    expect(peer.received).toHaveLength(3);
  });

  it("reads the token again after a 401, once", async () => {
    let token = "old";
    const { peer, transport } = await setUp(
      (response, received, count) => {
        json(received.headers.authorization === "Bearer new" ? 200 : 401, {})(response, received, count);
      },
      {},
      { authorization: () => Promise.resolve(`Bearer ${token}`), forget: () => void (token = "new") },
    );
    await expect(transport.send(GET)).resolves.toMatchObject({ status: 200 });
    expect(peer.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);
  });

  it("reports Unauthorized when the new token is refused too", async () => {
    const { peer, transport } = await setUp(
      json(401, { kind: "Status", reason: "Unauthorized", message: "no" }),
    );
    expect(await failure(transport.send(GET))).toMatchObject({ status: 401, reason: "Unauthorized" });
    expect(peer.received).toHaveLength(2);
  });

  it("never has more sockets than allowed, and uses them again", async () => {
    const { peer, transport } = await setUp((...answer) => setTimeout(() => json(200, {})(...answer), 2), {
      maxSockets: 4,
    });
    await Promise.all(Array.from({ length: 100 }, () => transport.send(GET)));
    expect(peer.received).toHaveLength(100);
    expect(peer.mostConnections).toBe(4);
    expect(new Set(peer.received.map(({ port }) => port)).size).toBe(4);
  });

  it("does not count the wait for a socket against the deadline", async () => {
    const slow: Answer = (...answer) => setTimeout(() => json(200, {})(...answer), 20);
    const { transport } = await setUp(slow, { maxSockets: 1, deadlineMs: 15_000 });
    // 20 ms are a second of this clock: all together take 20 s, each alone one.
    const all = await Promise.all(Array.from({ length: 20 }, () => transport.send(GET)));
    expect(all).toHaveLength(20);
  });

  it.each([
    ["while it waits for an answer", {}],
    ["while it waits for a socket", { maxSockets: 1 }],
  ])("rejects with the signal's reason at once when aborted %s", async (_name, options) => {
    const { peer, transport } = await setUp(() => undefined, options);
    const blocking = transport.send(GET).catch((error: unknown) => error);
    const abort = new AbortController();
    const aborted = transport.send(GET, abort.signal);
    await expect.poll(() => peer.received.length).toBeGreaterThan(0);
    const reason = new Error("nobody waits any more");
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    transport.close();
    await blocking;
  });

  it("rejects with the signal's reason when aborted while it waits to try again", async () => {
    const { peer, transport } = await setUp(json(503, {}, { "retry-after": "20" }));
    const abort = new AbortController();
    const aborted = transport.send(GET, abort.signal);
    await expect.poll(() => peer.received.length).toBe(1);
    const reason = new Error("nobody waits any more");
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
  });

  it("sends nothing when the signal has aborted already", async () => {
    const { peer, transport } = await setUp(json(200, {}));
    const reason = new Error("too late");
    await expect(transport.send(GET, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(peer.received).toHaveLength(0);
  });

  it("lets the next call through after an aborted one, with no socket or listener left", async () => {
    const { transport } = await setUp(
      (response, received, count) => {
        if (count > 1) json(200, {})(response, received, count);
      },
      { maxSockets: 1 },
    );
    const abort = new AbortController();
    const first = transport.send(GET, abort.signal);
    const second = transport.send(GET);
    setTimeout(() => abort.abort(new Error("gone")), 20);
    await expect(first).rejects.toThrow("gone");
    await expect(second).resolves.toMatchObject({ status: 200 });
  });

  it("fails what is under way when it is closed, and every later call, without another attempt", async () => {
    const { peer, transport } = await setUp(() => undefined);
    const underWay = failure(transport.send(GET));
    await expect.poll(() => peer.received.length).toBe(1);
    transport.close();
    expect(await underWay).toMatchObject({ status: 0, reason: "ECONNRESET" });
    expect(await failure(transport.send(GET))).toMatchObject({ reason: "Closed", transient: false });
    expect(peer.received).toHaveLength(1);
  });

  it("logs neither tokens nor bodies when it tries again", async () => {
    const { transport, log } = await setUp(
      (response, received, count) =>
        json(count < 2 ? 500 : 200, { password: "hunter2" })(response, received, count),
      {},
      { authorization: () => Promise.resolve("Bearer s3cr3t") },
    );
    await transport.send({ ...GET, method: "POST", body: { password: "hunter2" } });
    expect(log.lines).toHaveLength(1);
    expect(log.lines.join()).not.toMatch(/s3cr3t|hunter2/);
  });
});
