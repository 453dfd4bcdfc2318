import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  ConnectionTestStatus,
  KollectConnectionTest,
  OwnerReference,
} from "../../capabilities/api/types";
import { ClusterError } from "../../capabilities/domain/cluster-error";
import type { EventDraft, ObjectRef } from "../../capabilities/domain/ports";
import { createCluster } from "../../capabilities/kube/cluster";
import { connectCluster, type ConnectedCluster } from "../../capabilities/kube/connect";
import { loadConnection, tokenFile } from "../../capabilities/kube/http/connection";
import { createTransport } from "../../capabilities/kube/http/transport";
import { systemClock } from "../../capabilities/lib/clock";
import { startControlPlane } from "../../lab/control-plane/control-plane";
import type { ControlPlane } from "../../lab/control-plane/types";
import { installMissingCrds } from "../../lab/operator/crds";
import { openKubeApi, type KubeApi } from "../../lab/operator/kube-api";
import { memoryLog } from "../unit/kube/http/peer";

const GROUP = "/apis/kollect.dev/v1alpha1/namespaces/shop";
const TESTS = `${GROUP}/kollectconnectiontests`;
const STATUS: ConnectionTestStatus = { completed: true, observedGeneration: 1, latencyMs: 12, attempts: 1 };
const clock = systemClock();
const log = memoryLog();

let plane: ControlPlane;
let admin: KubeApi;
let connected: ConnectedCluster;
let withoutCrds: unknown;

beforeAll(async () => {
  plane = await startControlPlane();
  admin = await openKubeApi(plane.kubeconfig, plane.context);
  connected = await connect("admin");
  withoutCrds = await rejection(connected.cluster.getTest("default", "probe"));
  await installMissingCrds(admin, join(import.meta.dirname, "../../config/crd"));
  await create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
});

afterAll(async () => {
  connected?.close();
  admin?.close();
  await plane?.stop();
});

/** Each with its own user agent, by which the audit log tells them apart. */
async function connect(version: string, file = plane.kubeconfig): Promise<ConnectedCluster> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(file);
  return connectCluster({ clock, log, version, instance: "operator-1", kubeConfig });
}

async function create<T>(path: string, body: object): Promise<T> {
  return (await admin.request({ method: "POST", path, body })) as T;
}

async function patch<T>(path: string, body: object): Promise<T> {
  const contentType = "application/merge-patch+json";
  return (await admin.request({ method: "PATCH", path, body, contentType })) as T;
}

async function createTest(name: string): Promise<KollectConnectionTest> {
  return create(TESTS, {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectConnectionTest",
    metadata: { name },
    spec: { sinkRef: { databaseSinkRef: "orders" } },
  });
}

async function readTest(name: string): Promise<KollectConnectionTest> {
  return (await admin.request({ method: "GET", path: `${TESTS}/${name}` })) as KollectConnectionTest;
}

async function removeTest(name: string): Promise<void> {
  await admin.request({ method: "DELETE", path: `${TESTS}/${name}` });
}

function refOf({
  metadata,
}: KollectConnectionTest): ObjectRef & { generation: number; resourceVersion: string } {
  const { namespace = "", name = "", uid = "", generation = 0, resourceVersion = "" } = metadata;
  return { namespace, name, uid, generation, resourceVersion };
}

async function rejection(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClusterError);
  return error as ClusterError;
}

/** The paths that a client with this version asked for, as the API server saw it. */
async function audited(version: string): Promise<string[]> {
  const lines = (await readFile(plane.auditLog, "utf8")).split("\n").filter((line) => line !== "");
  const entries = lines.map((line) => JSON.parse(line) as { userAgent?: string; requestURI: string });
  const agent = `kollect-connection-test/${version}`;
  return entries.filter(({ userAgent }) => userAgent === agent).map(({ requestURI }) => requestURI);
}

describe("reads", () => {
  it("gives tests, sinks and decoded Secrets as they are now", async () => {
    const test = await createTest("read");
    await create(`${GROUP}/kollectdatabasesinks`, {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectDatabaseSink",
      metadata: { name: "orders" },
      spec: { type: "postgres", postgres: { databaseRef: { name: "pg-dsn" }, table: "items" } },
    });
    const bytes = Buffer.from([0, 255, 10, 13]);
    const data = {
      dsn: Buffer.from("postgres://ü").toString("base64"),
      raw: bytes.toString("base64"),
      empty: "",
    };
    const secret = await create<{ metadata: { resourceVersion: string } }>(
      "/api/v1/namespaces/shop/secrets",
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "pg-dsn" },
        data,
      },
    );
    const { cluster } = connected;
    expect(await cluster.getTest("shop", "read")).toEqual(test);
    expect(await cluster.getSink("KollectDatabaseSink", "shop", "orders")).toMatchObject({
      kind: "KollectDatabaseSink",
      spec: { type: "postgres" },
    });
    const read = await cluster.getSecret("shop", "pg-dsn");
    const { resourceVersion } = secret.metadata;
    expect(read).toMatchObject({ namespace: "shop", name: "pg-dsn", resourceVersion });
    expect(new Map(read?.data)).toEqual(
      new Map([
        ["dsn", Buffer.from("postgres://ü")],
        ["raw", bytes],
        ["empty", Buffer.alloc(0)],
      ]),
    );
  });

  it("gives undefined for what is not there, also in a namespace that is not there", async () => {
    const { cluster } = connected;
    for (const namespace of ["shop", "nowhere"]) {
      expect(await cluster.getTest(namespace, "absent")).toBeUndefined();
      expect(await cluster.getSink("KollectEventSink", namespace, "absent")).toBeUndefined();
      expect(await cluster.getSecret(namespace, "absent")).toBeUndefined();
    }
  });

  it("does not take a missing CRD for a missing object", () => {
    expect(withoutCrds).toMatchObject({ status: 404, transient: false });
    expect((withoutCrds as ClusterError).message).toContain("are the CRDs installed?");
  });

  it("refuses an oversized Secret as TooLarge, and says nothing of its content", async () => {
    const big = Buffer.alloc(800 * 1024, "x").toString("base64");
    const body = { apiVersion: "v1", kind: "Secret", metadata: { name: "big" }, data: { big } };
    await create("/api/v1/namespaces/shop/secrets", body);
    const error = await rejection(connected.cluster.getSecret("shop", "big"));
    expect(error).toMatchObject({ reason: "TooLarge", transient: false });
    expect(error.message).toBe("get Secret shop/big: the answer has more than 786432 bytes");
  });

  it("refuses names that climb paths without a single request", async () => {
    const climber = await connect("climber");
    const climbing = ["../../kube-system/secrets/x", "..", "a/b", "a%2F..%2Fb", "x?y", ""];
    const { cluster } = climber;
    for (const name of climbing) {
      const ref = { ...refOf(await readTest("read")), name };
      await expect(rejection(cluster.getSecret("shop", name))).resolves.toMatchObject({
        reason: "InvalidName",
      });
      await expect(rejection(cluster.getSecret(name, "pg-dsn"))).resolves.toMatchObject({
        reason: "InvalidName",
      });
      await expect(rejection(cluster.getTest("shop", name))).resolves.toMatchObject({
        reason: "InvalidName",
      });
      await expect(rejection(cluster.writeStatus(ref, STATUS))).resolves.toMatchObject({
        reason: "InvalidName",
      });
      await expect(rejection(cluster.writeOwners(ref, []))).resolves.toMatchObject({ reason: "InvalidName" });
      await expect(rejection(cluster.deleteTest(ref))).resolves.toMatchObject({ reason: "InvalidName" });
      const sink = cluster.getSink("KollectDatabaseSink", "shop", name);
      await expect(rejection(sink)).resolves.toMatchObject({ reason: "InvalidName" });
      const review = {
        user: { username: "x" },
        sinkKind: "KollectDatabaseSink",
        namespace: "shop",
        name,
      } as const;
      await expect(rejection(cluster.mayGetSink(review))).resolves.toMatchObject({ reason: "InvalidName" });
    }
    await cluster.getSecret("shop", "marker");
    climber.close();
    await expect
      .poll(() => audited("climber"), { timeout: 10_000 })
      .toEqual(["/api/v1/namespaces/shop/secrets/marker"]);
  });
});

describe("writeStatus", () => {
  it("replaces the whole status and leaves no old member", async () => {
    const ref = refOf(await createTest("replace"));
    const first = {
      ...STATUS,
      requestedBy: "alice",
      probe: { endpoint: "db:5432", cause: "TimedOut" },
    } as const;
    expect(await connected.cluster.writeStatus(ref, first)).toBe("written");
    expect((await readTest("replace")).status).toMatchObject(first);
    expect(await connected.cluster.writeStatus(ref, { completed: false, observedGeneration: -1 })).toBe(
      "written",
    );
    const { status } = await readTest("replace");
    expect(status).not.toHaveProperty("probe");
    expect(status).not.toHaveProperty("requestedBy");
    expect(status).not.toHaveProperty("latencyMs");
    expect(status).toMatchObject({ completed: false, observedGeneration: -1 });
  });

  it("refuses a recreated object of the same name and generation", async () => {
    const old = refOf(await createTest("recreated"));
    await removeTest("recreated");
    const { metadata, status } = await createTest("recreated");
    expect(metadata.generation).toBe(old.generation);
    expect(await connected.cluster.writeStatus(old, STATUS)).toBe("superseded");
    expect((await readTest("recreated")).status).toEqual(status);
  });

  it("refuses an older generation", async () => {
    const old = refOf(await createTest("changed"));
    await patch(`${TESTS}/changed`, { spec: { ttlSecondsAfterFinished: 600 } });
    const { status } = await readTest("changed");
    expect(await connected.cluster.writeStatus(old, STATUS)).toBe("superseded");
    expect((await readTest("changed")).status).toEqual(status);
    expect(await connected.cluster.writeStatus({ ...old, generation: 2 }, STATUS)).toBe("written");
  });

  it("says gone when the object is deleted", async () => {
    const ref = refOf(await createTest("deleted"));
    await removeTest("deleted");
    expect(await connected.cluster.writeStatus(ref, STATUS)).toBe("gone");
  });

  it("survives labels that change at the same time, and loses none of them", async () => {
    const ref = refOf(await createTest("labelled"));
    const labels = Array.from({ length: 40 }, (_, index) => `l${index}`);
    const edits = labels.map((label) =>
      patch(`${TESTS}/labelled`, { metadata: { labels: { [label]: "x" } } }),
    );
    const writes = Array.from({ length: 20 }, (_, latencyMs) =>
      connected.cluster.writeStatus(ref, { ...STATUS, latencyMs }),
    );
    expect(new Set(await Promise.all(writes))).toEqual(new Set(["written"]));
    await Promise.all(edits);
    const after = await readTest("labelled");
    expect(Object.keys(after.metadata.labels ?? {}).sort()).toEqual(labels.sort());
    expect(after.status?.completed).toBe(true);
  });

  it("rejects with the schema's words when the schema refuses the status", async () => {
    const ref = refOf(await createTest("schema"));
    const wrong = { ...STATUS, attempts: "three" } as unknown as ConnectionTestStatus;
    const error = await rejection(connected.cluster.writeStatus(ref, wrong));
    expect(error).toMatchObject({ status: 422, reason: "Invalid", transient: false });
    expect(error.message).toContain("status.attempts");
    expect(await connected.cluster.writeStatus(ref, STATUS)).toBe("written");
  });

  it("rejects as Forbidden for a user without the right", async () => {
    const stranger = await connect("stranger", plane.userKubeconfig("ci"));
    const error = await rejection(stranger.cluster.writeStatus(refOf(await createTest("forbidden")), STATUS));
    stranger.close();
    expect(error).toMatchObject({ status: 403, reason: "Forbidden", transient: false });
    expect(error.message).toContain('User "ci" cannot patch resource "kollectconnectiontests/status"');
  });
});

describe("writeOwners", () => {
  /** Of an object that exists: the garbage collector deletes what points at a uid that does not. */
  async function owner(): Promise<OwnerReference> {
    const sink = (await admin.request({ method: "GET", path: `${GROUP}/kollectdatabasesinks/orders` })) as {
      metadata: { uid: string };
    };
    const { uid } = sink.metadata;
    return {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectDatabaseSink",
      name: "orders",
      uid,
      controller: false,
    };
  }

  it("sets and removes references, also when there is none to remove", async () => {
    const { cluster } = connected;
    const reference = await owner();
    expect(await cluster.writeOwners(refOf(await createTest("owned")), [reference])).toBe("written");
    expect((await readTest("owned")).metadata.ownerReferences).toEqual([reference]);
    expect(await cluster.writeOwners(refOf(await readTest("owned")), [])).toBe("written");
    expect((await readTest("owned")).metadata.ownerReferences).toBeUndefined();
    expect(await cluster.writeOwners(refOf(await readTest("owned")), [])).toBe("written");
  });

  it("refuses when anything has changed since the read, and when the object was recreated", async () => {
    const { cluster } = connected;
    const before = refOf(await createTest("moved"));
    await patch(`${TESTS}/moved`, { metadata: { labels: { a: "b" } } });
    expect(await cluster.writeOwners(before, [await owner()])).toBe("superseded");
    await removeTest("moved");
    expect(await cluster.writeOwners(before, [await owner()])).toBe("gone");
    const recreated = refOf(await createTest("moved"));
    expect(await cluster.writeOwners({ ...recreated, uid: before.uid }, [await owner()])).toBe("superseded");
    expect((await readTest("moved")).metadata.ownerReferences).toBeUndefined();
  });
});

describe("deleteTest", () => {
  it("deletes what was read, and says gone the second time", async () => {
    const ref = refOf(await createTest("expired"));
    expect(await connected.cluster.deleteTest(ref)).toBe("written");
    expect(await connected.cluster.deleteTest(ref)).toBe("gone");
    expect(await connected.cluster.getTest("shop", "expired")).toBeUndefined();
  });

  it("leaves an object alone that was changed or recreated since the read", async () => {
    const before = refOf(await createTest("kept"));
    await patch(`${TESTS}/kept`, { metadata: { annotations: { "kollect.dev/retain": "true" } } });
    expect(await connected.cluster.deleteTest(before)).toBe("superseded");
    await removeTest("kept");
    const { resourceVersion } = refOf(await createTest("kept"));
    expect(await connected.cluster.deleteTest({ ...before, resourceVersion })).toBe("superseded");
    expect(await connected.cluster.getTest("shop", "kept")).toBeDefined();
  });
});

describe("createEvent", () => {
  interface StoredEvent {
    readonly note: string;
    readonly regarding: { uid: string };
    readonly series?: { count: number };
    readonly reportingController: string;
    readonly reportingInstance: string;
  }

  async function eventsAbout(uid: string): Promise<StoredEvent[]> {
    const path = "/apis/events.k8s.io/v1/namespaces/shop/events";
    const { items } = (await admin.request({ method: "GET", path })) as { items: StoredEvent[] };
    return items.filter(({ regarding }) => regarding.uid === uid);
  }

  function draft(
    uid: string,
    change: Partial<EventDraft> = {},
    name = "probe",
    namespace = "shop",
  ): EventDraft {
    return {
      type: "Warning",
      action: "Probe",
      reason: "ConnectionTestFailed",
      note: "PostgreSQL at db.shop:5432 refused the password of user kollect.",
      regarding: { apiVersion: "kollect.dev/v1alpha1", kind: "KollectConnectionTest", namespace, name, uid },
      ...change,
    };
  }

  it("is accepted, and repetitions become its series", async () => {
    const { cluster } = connected;
    await cluster.createEvent(draft("u-series"));
    const [event] = await eventsAbout("u-series");
    expect(event).toMatchObject({
      reportingController: "kollect.dev/connection-test",
      reportingInstance: "operator-1",
      note: draft("u-series").note,
    });
    expect(event?.series).toBeUndefined();
    await cluster.createEvent(draft("u-series"));
    await cluster.createEvent(draft("u-series", { count: 40 }));
    expect(await eventsAbout("u-series")).toMatchObject([{ series: { count: 42 } }]);
  });

  it("is accepted as a series from the start", async () => {
    await connected.cluster.createEvent(
      draft("u-many", { count: 3, type: "Normal", reason: "ConnectionOK" }),
    );
    expect(await eventsAbout("u-many")).toMatchObject([{ series: { count: 3 } }]);
  });

  it("is accepted for the longest names and notes, and for a sink", async () => {
    const { cluster } = connected;
    const note = "ü".repeat(1_000);
    await cluster.createEvent(draft("u-long", { note, reason: "R".repeat(300) }, `${"x".repeat(250)}.yz`));
    const [event] = await eventsAbout("u-long");
    expect(Buffer.byteLength(event?.note ?? "")).toBeGreaterThan(1_000);
    const regarding = { ...draft("u-sink").regarding, kind: "KollectDatabaseSink", name: "orders" };
    await cluster.createEvent(draft("u-sink", { regarding }));
    expect(await eventsAbout("u-sink")).toHaveLength(1);
  });

  it("begins anew when the Event was deleted meanwhile", async () => {
    const { cluster } = connected;
    await cluster.createEvent(draft("u-gone"));
    await admin.request({ method: "DELETE", path: "/apis/events.k8s.io/v1/namespaces/shop/events" });
    await cluster.createEvent(draft("u-gone"));
    expect(await eventsAbout("u-gone")).toHaveLength(1);
  });

  it("is dropped with a debug line in a namespace that is being deleted, and in one that is gone", async () => {
    const core = "/api/v1/namespaces";
    await create(core, { apiVersion: "v1", kind: "Namespace", metadata: { name: "ending" } });
    const finalizers = ["kollect.dev/test"];
    const blocker = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "blocker", finalizers } };
    await create(`${core}/ending/configmaps`, blocker);
    await admin.request({ method: "DELETE", path: `${core}/ending` });
    log.lines.length = 0;
    await connected.cluster.createEvent(draft("u-ending", {}, "probe", "ending"));
    await connected.cluster.createEvent(draft("u-nowhere", {}, "probe", "nowhere"));
    await patch(`${core}/ending/configmaps/blocker`, { metadata: { finalizers: null } });
    expect(log.lines.filter((line) => line.startsWith("debug no Event"))).toHaveLength(2);
  });

  it("rejects as Forbidden for a user without the right", async () => {
    const stranger = await connect("stranger", plane.userKubeconfig("ci"));
    const error = await rejection(stranger.cluster.createEvent(draft("u-forbidden")));
    stranger.close();
    expect(error).toMatchObject({ status: 403, reason: "Forbidden" });
  });
});

describe("mayGetSink", () => {
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop";
  const sinkKind = "KollectDatabaseSink";

  beforeAll(async () => {
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const rules = [
      {
        apiGroups: ["kollect.dev"],
        resources: ["kollectdatabasesinks"],
        resourceNames: ["orders"],
        verbs: ["get"],
      },
    ];
    await create(`${rbac}/roles`, { apiVersion, kind: "Role", metadata: { name: "orders" }, rules });
    await create(`${rbac}/rolebindings`, {
      apiVersion,
      kind: "RoleBinding",
      metadata: { name: "orders" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "orders" },
      subjects: [
        { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" },
        { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "team" },
      ],
    });
  });

  const alice = { username: "alice" };
  const member = { username: "bob", groups: ["team"], uid: "7", extra: { "example.com/scope": ["a", "b"] } };
  const cases = [
    ["a user who may", { user: alice, sinkKind, namespace: "shop", name: "orders" }, true],
    ["a member of a group that may", { user: member, sinkKind, namespace: "shop", name: "orders" }, true],
    ["another sink", { user: alice, sinkKind, namespace: "shop", name: "invoices" }, false],
    ["another namespace", { user: alice, sinkKind, namespace: "default", name: "orders" }, false],
    ["another kind", { user: alice, sinkKind: "KollectEventSink", namespace: "shop", name: "orders" }, false],
    ["another user", { user: { username: "mallory" }, sinkKind, namespace: "shop", name: "orders" }, false],
  ] as const;

  it.each(cases)("answers for %s", async (_name, request, expected) => {
    const user = { ...request.user, ...("groups" in request.user ? member : {}) } as typeof member;
    // The authorizer reads roles from a cache that a new binding reaches a moment later.
    await expect
      .poll(() => connected.cluster.mayGetSink({ ...request, user }), { timeout: 10_000 })
      .toBe(expected);
  });

  it.each(cases)("answers for %s by a review of the namespace alone", async (_name, request, expected) => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(plane.kubeconfig);
    const options = {
      clock,
      log,
      version: "local",
      instance: "operator-1",
      kubeConfig,
      localAccessReviews: true,
    };
    const local = await connectCluster(options);
    const user = { ...request.user, ...("groups" in request.user ? member : {}) } as typeof member;
    expect(await local.cluster.mayGetSink({ ...request, user })).toBe(expected);
    local.close();
  });
});

describe("connections", () => {
  it("fails while its token is refused, and takes up the renewed one without failing another call", async () => {
    const file = join(plane.dataDir, "rotating-token");
    await writeFile(file, plane.adminToken);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(plane.kubeconfig);
    const credentials = tokenFile(file, clock);
    const connection = { ...(await loadConnection(clock, kubeConfig)), credentials };
    await writeFile(file, "expired");
    const transport = createTransport({ connection, clock, log, userAgent: "rotating" });
    const reporter = { controller: "kollect.dev/connection-test", instance: "a" };
    const cluster = createCluster({ transport, clock, log, reporter });
    expect(await rejection(cluster.getTest("shop", "read"))).toMatchObject({ status: 401, transient: false });
    await writeFile(file, plane.adminToken);
    expect(await cluster.getTest("shop", "read")).toBeDefined();
    transport.close();
  });

  it("refuses an API server whose certificate the CA does not vouch for, at once", async () => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(plane.kubeconfig);
    const connection = { ...(await loadConnection(clock, kubeConfig)), tls: {} };
    const transport = createTransport({ connection, clock, log, userAgent: "x" });
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
    const pooled = await connect("pooled");
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
    const test = await createTest("restart");
    const { apiServer } = plane.processes;
    apiServer.kill("SIGKILL");
    await apiServer.exited;
    const write = connected.cluster.writeStatus(refOf(test), STATUS);
    await apiServer.restart();
    expect(await write).toBe("written");
    expect((await readTest("restart")).status?.completed).toBe(true);
  });
});
