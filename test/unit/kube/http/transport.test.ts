import { describe, expect, it, onTestFinished } from "vitest";
import { createTransport } from "../../../../capabilities/kube/http/transport";
import { connectionTo, failure, fastClock, GET, json, memoryLog, setUpTransport, startPeer } from "./peer";

describe("transport", () => {
  it("sends method, path, headers and body, and gives the parsed answer", async () => {
    const { peer, transport } = await setUpTransport(
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
    onTestFinished(async () => {
      transport.close();
      await peer.stop();
    });
    await transport.send(GET);
    expect(peer.received[0]?.path).toBe("/k8s/clusters/one/api/v1/x");
  });

  it("waits as Retry-After asks, then gives the answer of the last attempt", async () => {
    const { peer, transport, clock, log } = await setUpTransport((response, received, count) => {
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

  it("sends again when the connection breaks before the answer is whole", async () => {
    const { peer, transport } = await setUpTransport((response, received, count) => {
      if (count === 1) response.socket?.resetAndDestroy();
      else if (count === 2) {
        response.writeHead(200, { "content-length": "100" });
        response.write("{", () => response.socket?.destroy());
      } else json(200, { count })(response, received, count);
    });
    await expect(transport.send(GET)).resolves.toEqual({ status: 200, body: { count: 3 } });
    expect(peer.received).toHaveLength(3);
  });

  it.each([
    [400, "BadRequest"],
    [403, "Forbidden"],
    [409, "Conflict"],
    [422, "Invalid"],
  ])("rejects with %d once when the caller does not judge it", async (status, reason) => {
    const { peer, transport } = await setUpTransport(json(status, { kind: "Status", reason, message: "no" }));
    expect(await failure(transport.send(GET))).toMatchObject({ status, reason, transient: false });
    expect(peer.received).toHaveLength(1);
  });

  it("hands over an answer that the caller judges", async () => {
    const { transport } = await setUpTransport(json(404, { kind: "Status", reason: "NotFound" }));
    await expect(transport.send({ ...GET, judged: [404] })).resolves.toMatchObject({ status: 404 });
  });

  it("tries a conflict again only for calls that ask for it", async () => {
    const { peer, transport } = await setUpTransport((response, received, count) => {
      json(count < 3 ? 409 : 200, {})(response, received, count);
    });
    await expect(transport.send({ ...GET, retryConflict: true })).resolves.toMatchObject({ status: 200 });
    expect(peer.received).toHaveLength(3);
  });

  it("reads the token again after a 401, once", async () => {
    let token = "old";
    const { peer, transport } = await setUpTransport(
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
    const { peer, transport } = await setUpTransport(
      json(401, { kind: "Status", reason: "Unauthorized", message: "no" }),
    );
    expect(await failure(transport.send(GET))).toMatchObject({ status: 401, reason: "Unauthorized" });
    expect(peer.received).toHaveLength(2);
  });

  it("logs neither tokens nor bodies when it tries again", async () => {
    const { transport, log } = await setUpTransport(
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
