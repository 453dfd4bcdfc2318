import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect } from "vitest";
import type { ConnectionTestStatus, KollectConnectionTest } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { ObjectRef } from "../../../capabilities/domain/ports";
import { connectCluster, type ConnectedCluster } from "../../../capabilities/kube/connect";
import { systemClock } from "../../../capabilities/lib/clock";
import { startControlPlane } from "../../../lab/control-plane/control-plane";
import type { ControlPlane } from "../../../lab/control-plane/types";
import { installMissingCrds } from "../../../lab/operator/crds";
import { openKubeApi, type KubeApi } from "../../../lab/operator/kube-api";
import { memoryLog } from "../../unit/kube/http/peer";

export const GROUP = "/apis/kollect.dev/v1alpha1/namespaces/shop";
export const TESTS = `${GROUP}/kollectconnectiontests`;
export const STATUS: ConnectionTestStatus = {
  completed: true,
  observedGeneration: 1,
  latencyMs: 12,
  attempts: 1,
};
export const clock = systemClock();

/** What the tests do as an administrator. */
function objectsBy(admin: () => KubeApi) {
  async function create<T>(path: string, body: object): Promise<T> {
    return (await admin().request({ method: "POST", path, body })) as T;
  }

  async function patch<T>(path: string, body: object): Promise<T> {
    const contentType = "application/merge-patch+json";
    return (await admin().request({ method: "PATCH", path, body, contentType })) as T;
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
    return (await admin().request({ method: "GET", path: `${TESTS}/${name}` })) as KollectConnectionTest;
  }

  async function removeTest(name: string): Promise<void> {
    await admin().request({ method: "DELETE", path: `${TESTS}/${name}` });
  }

  return { create, patch, createTest, readTest, removeTest };
}

export interface Stage extends ReturnType<typeof objectsBy> {
  readonly plane: ControlPlane;
  readonly admin: KubeApi;
  readonly connected: ConnectedCluster;
  /** What a read was rejected with while the CRDs were not installed. */
  readonly withoutCrds: unknown;
  readonly log: ReturnType<typeof memoryLog>;
  /** Another client, with its own user agent, by which the audit log tells it apart. */
  connect(version: string, file?: string): Promise<ConnectedCluster>;
  /** The paths that the client with this version asked for, as the API server saw it. */
  audited(version: string): Promise<string[]>;
}

/** A control plane with the CRDs and namespace shop for the tests of a file. */
export function useControlPlane(): Stage {
  const log = memoryLog();
  const objects = objectsBy(() => admin);
  let plane: ControlPlane;
  let admin: KubeApi;
  let connected: ConnectedCluster;
  let withoutCrds: unknown;

  beforeAll(async () => {
    plane = await startControlPlane();
    admin = await openKubeApi(plane.kubeconfig, plane.context);
    connected = await connect("admin");
    withoutCrds = await rejection(connected.cluster.getTest("default", "probe"));
    await installMissingCrds(admin, join(import.meta.dirname, "../../../config/crd"));
    await objects.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop" },
    });
  });

  afterAll(async () => {
    connected?.close();
    admin?.close();
    await plane?.stop();
  });

  async function connect(version: string, file = plane.kubeconfig): Promise<ConnectedCluster> {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(file);
    return connectCluster({ clock, log, version, instance: "operator-1", kubeConfig });
  }

  async function audited(version: string): Promise<string[]> {
    const lines = (await readFile(plane.auditLog, "utf8")).split("\n").filter((line) => line !== "");
    const entries = lines.map((line) => JSON.parse(line) as { userAgent?: string; requestURI: string });
    const agent = `kollect-connection-test/${version}`;
    return entries.filter(({ userAgent }) => userAgent === agent).map(({ requestURI }) => requestURI);
  }

  return {
    get plane() {
      return plane;
    },
    get admin() {
      return admin;
    },
    get connected() {
      return connected;
    },
    get withoutCrds() {
      return withoutCrds;
    },
    log,
    connect,
    audited,
    ...objects,
  };
}

export function refOf({
  metadata,
}: KollectConnectionTest): ObjectRef & { generation: number; resourceVersion: string } {
  const { namespace = "", name = "", uid = "", generation = 0, resourceVersion = "" } = metadata;
  return { namespace, name, uid, generation, resourceVersion };
}

export async function rejection(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClusterError);
  return error as ClusterError;
}
