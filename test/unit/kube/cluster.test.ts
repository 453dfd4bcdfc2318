import { describe, expect, it } from "vitest";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { Cluster } from "../../../capabilities/domain/ports";
import { createCluster } from "../../../capabilities/kube/cluster";
import { json, setUpTransport, type Answer, type Peer } from "./http/peer";

const REF = { namespace: "shop", name: "probe", uid: "u1", generation: 3, resourceVersion: "7" };
const STATUS = { completed: true, observedGeneration: 3 };

async function setUp(answer: Answer): Promise<{ peer: Peer; cluster: Cluster }> {
  const { peer, transport, clock, log } = await setUpTransport(answer);
  const reporter = { controller: "kollect.dev/connection-test", instance: "a" };
  return { peer, cluster: createCluster({ transport, clock, log, reporter }) };
}

const conflict = json(409, { kind: "Status", reason: "Conflict", message: "the object has been modified" });
const gone = json(404, { kind: "Status", reason: "NotFound", details: { name: "probe" } });
const ok = json(200, {});

describe("cluster", () => {
  it("sends a status again when the API server lost its own race for the object", async () => {
    const { peer, cluster } = await setUp((...answer) => (answer[2] < 3 ? conflict : ok)(...answer));
    expect(await cluster.writeStatus(REF, STATUS)).toBe("written");
    expect(peer.received).toHaveLength(3);
    expect(new Set(peer.received.map(({ body }) => body)).size).toBe(1);
    expect(JSON.parse(peer.received[0]?.body ?? "")).toEqual([
      { op: "test", path: "/metadata/uid", value: "u1" },
      { op: "test", path: "/metadata/generation", value: 3 },
      { op: "add", path: "/status", value: STATUS },
    ]);
  });

  it("does not send owners or a deletion again after a conflict: they were made for what was read", async () => {
    const { peer, cluster } = await setUp(conflict);
    expect(await cluster.writeOwners(REF, [])).toBe("superseded");
    expect(await cluster.deleteTest(REF)).toBe("superseded");
    expect(peer.received).toHaveLength(2);
  });

  it("says gone when a deletion got through although its answer was lost", async () => {
    const { cluster } = await setUp((response, received, count) => {
      if (count === 1) response.socket?.resetAndDestroy();
      else gone(response, received, count);
    });
    expect(await cluster.deleteTest(REF)).toBe("gone");
  });

  it.each([
    ["getTest", (cluster: Cluster) => cluster.getTest("shop", "probe")],
    ["getSink", (cluster: Cluster) => cluster.getSink("KollectEventSink", "shop", "nats")],
    ["getSecret", (cluster: Cluster) => cluster.getSecret("shop", "pg-dsn")],
    [
      "mayGetSink",
      (cluster: Cluster) =>
        cluster.mayGetSink({
          user: { username: "alice" },
          sinkKind: "KollectEventSink",
          namespace: "shop",
          name: "nats",
        }),
    ],
  ])(
    "rejects %s with BadResponse when the answer is something else, without showing it",
    async (_name, call) => {
      const { cluster } = await setUp(json(200, { kind: "Page", data: { password: "hunter2" } }));
      const error = await call(cluster).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ClusterError);
      expect(error).toMatchObject({ reason: "BadResponse", transient: false });
      expect(String(error)).not.toContain("hunter2");
    },
  );

  it.each([
    ["a yes", { allowed: true }, true],
    ["a no", { allowed: false }, false],
    ["a no with an error of the authorizer", { allowed: false, evaluationError: "role not found" }, false],
    ["anything but a clear yes", { allowed: "true" }, false],
  ])("takes %s of an access review as %j", async (_name, status, expected) => {
    const { cluster } = await setUp(json(201, { kind: "SubjectAccessReview", status }));
    const request = {
      user: { username: "a" },
      sinkKind: "KollectEventSink",
      namespace: "shop",
      name: "n",
    } as const;
    expect(await cluster.mayGetSink(request)).toBe(expected);
  });
});
