import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { isAlive } from "../../lab/control-plane/build-lock";
import { startControlPlane } from "../../lab/control-plane/control-plane";
import { established, kubectl, tryKubectl } from "../../lab/control-plane/kubectl";
import type { ControlPlane } from "../../lab/control-plane/types";
import { waitUntil } from "../../lab/control-plane/wait";
import { commandLines, runs } from "./processes";

let first: ControlPlane;
let second: ControlPlane;

function pids({ processes }: ControlPlane): number[] {
  return [processes.etcd, processes.apiServer, processes.controllers].flatMap((part) => part?.pid ?? []);
}

async function gone(cluster: ControlPlane, what: string[], timeoutMs: number): Promise<void> {
  await waitUntil({ what: `the end of ${what.join(" ")}`, timeoutMs, intervalMs: 100 }, async () => {
    const { code, stderr } = await tryKubectl(cluster, ["get", ...what]);
    return code !== 0 && stderr.includes("NotFound") ? true : undefined;
  });
}

const WIDGETS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

function widget(name: string, ownerReferences: object[] = []): string {
  return JSON.stringify({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name, namespace: "default", ownerReferences },
  });
}

beforeAll(async () => {
  const options = { log: () => undefined };
  [first, second] = await Promise.all([startControlPlane(), startControlPlane(options)]);
});

afterAll(async () => {
  await Promise.all([first, second].map(async (cluster) => cluster?.stop()));
});

describe("two control planes side by side", () => {
  it("share no port, process, folder or context", () => {
    expect(first.url).not.toBe(second.url);
    expect(first.dataDir).not.toBe(second.dataDir);
    expect(first.context).not.toBe(second.context);
    expect(new Set([...pids(first), ...pids(second)]).size).toBe(6);
  });

  it("keep objects apart", async () => {
    await kubectl(first, ["create", "configmap", "mine", "--from-literal=a=1"]);
    await kubectl(first, ["patch", "configmap", "mine", "--type=merge", "-p", '{"data":{"a":"2"}}']);
    expect(await kubectl(first, ["get", "configmap", "mine", "-o", "jsonpath={.data.a}"])).toBe("2");
    expect((await tryKubectl(second, ["get", "configmap", "mine"])).stderr).toContain("NotFound");
    await kubectl(first, ["delete", "configmap", "mine"]);
    expect((await tryKubectl(first, ["get", "configmap", "mine"])).stderr).toContain("NotFound");
  });
});

describe("a control plane", () => {
  it("serves the Kubernetes version that is pinned", async () => {
    const version = JSON.parse(await kubectl(first, ["version", "-o", "json"])) as Record<string, object>;
    expect(version.serverVersion).toMatchObject({ major: "1", minor: "36", gitVersion: "v1.36.3" });
    expect(version.clientVersion).toMatchObject({ gitVersion: "v1.36.3" });
  });

  it("deletes an owned custom resource soon after its owner, right after its kind was defined", async () => {
    await kubectl(first, ["apply", "--server-side", "-f", "-"], { input: JSON.stringify(WIDGETS) });
    await established(first, ["crd/widgets.example.com"]);
    await kubectl(first, ["create", "-f", "-"], { input: widget("owner") });
    const uid = await kubectl(first, ["get", "widget", "owner", "-o", "jsonpath={.metadata.uid}"]);
    const reference = { apiVersion: "example.com/v1", kind: "Widget", name: "owner", uid };
    await kubectl(first, ["create", "-f", "-"], { input: widget("owned", [reference]) });
    await kubectl(first, ["delete", "widget", "owner"]);
    await gone(first, ["widget", "owned"], 30_000);
  });

  it("ends a namespace with all its content", async () => {
    await kubectl(first, ["create", "namespace", "short-lived"]);
    await kubectl(first, ["create", "configmap", "inside", "-n", "short-lived"]);
    await kubectl(first, ["delete", "namespace", "short-lived", "--wait=false"]);
    await gone(first, ["namespace", "short-lived"], 20_000);
  });

  it("gives every namespace a service account whose requested token authenticates", async () => {
    await kubectl(first, ["create", "namespace", "accounts"]);
    const token = await waitUntil({ what: "a token of a new namespace", timeoutMs: 10_000 }, async () => {
      const result = await tryKubectl(first, ["create", "token", "default", "-n", "accounts"]);
      return result.code === 0 ? result.stdout.trim() : undefined;
    });
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
    const answer = await kubectl(first, ["create", "-o", "json", "-f", "-"], {
      input: JSON.stringify(review),
    });
    expect(JSON.parse(answer)).toMatchObject({
      status: { authenticated: true, user: { username: "system:serviceaccount:accounts:default" } },
    });
  });

  it("adds a labelled ClusterRole to the role that aggregates it", async () => {
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "widget-view", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
      rules: [{ apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get"] }],
    };
    await kubectl(first, ["apply", "-f", "-"], { input: JSON.stringify(role) });
    await waitUntil({ what: "the aggregation of widget-view", timeoutMs: 10_000 }, async () => {
      const rules = await kubectl(first, ["get", "clusterrole", "view", "-o", "jsonpath={.rules}"]);
      return rules.includes("widgets") ? true : undefined;
    });
  });

  it("lets the user ci do only what a binding allows", async () => {
    const as = { kubeconfig: first.userKubeconfig("ci") };
    const denied = await tryKubectl(first, ["get", "configmaps"], as);
    expect(denied.stderr).toContain('User "ci" cannot list resource "configmaps"');
    await kubectl(first, ["create", "rolebinding", "ci-view", "--clusterrole=view", "--user=ci"]);
    await waitUntil({ what: "the effect of a role binding", timeoutMs: 10_000 }, async () => {
      return (await tryKubectl(first, ["get", "configmaps"], as)).code === 0 ? true : undefined;
    });
    expect(() => first.userKubeconfig("stranger")).toThrow("user stranger is not known");
  });

  it("records who read what in the audit log, and no content", async () => {
    await kubectl(first, ["create", "secret", "generic", "audited", "--from-literal=password=hunter2"]);
    await kubectl(first, ["get", "secret", "audited"], { kubeconfig: first.kubeconfig });
    const log = readFileSync(first.auditLog, "utf8");
    expect(log).not.toContain("hunter2");
    const events = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual(
      expect.objectContaining({
        verb: "get",
        level: "Metadata",
        user: expect.objectContaining({ username: "admin" }) as unknown,
        objectRef: expect.objectContaining({ resource: "secrets", name: "audited" }) as unknown,
      }),
    );
  });

  it("keeps its objects and its address when its parts crash and are restarted", async () => {
    const { etcd, apiServer, controllers } = second.processes;
    await kubectl(second, ["create", "configmap", "kept"]);
    const before = pids(second);
    for (const part of [apiServer, etcd]) {
      part.kill("SIGKILL");
      expect(await part.exited).toEqual({ code: null, signal: "SIGKILL" });
    }
    await etcd.restart();
    await apiServer.restart();
    await controllers?.restart();
    expect(await kubectl(second, ["get", "configmap", "kept", "-o", "name"])).toBe("configmap/kept\n");
    expect(before.filter(isAlive)).toEqual([]);
  });

  it("leaves no process and no folder when it is stopped, even with a suspended part", async () => {
    const all = pids(second);
    second.processes.etcd.kill("SIGSTOP");
    await second.stop();
    expect(all.filter(isAlive)).toEqual([]);
    expect(existsSync(second.dataDir)).toBe(false);
    await second.stop();
  });
});

describe("a control plane whose owner is killed", () => {
  it("dies with it, even with a suspended part", async () => {
    const owner = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "owner.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface({ input: owner.stdout }), "line")) as [string];
    const { dataDir, pids: parts } = JSON.parse(line) as { dataDir: string; pids: number[] };
    try {
      expect(parts.map(runs)).toEqual([true, true, true]);
      process.kill(parts[0] ?? 0, "SIGSTOP");
      owner.kill("SIGKILL");
      await waitUntil({ what: "the end of all parts", timeoutMs: 30_000 }, async () =>
        parts.some(runs) ? undefined : true,
      );
    } finally {
      owner.kill("SIGKILL");
      rmSync(dataDir, { recursive: true });
    }
  });
});

describe("KUBEBUILDER_ASSETS", () => {
  it("supplies the programs, and a person is told that nothing collects garbage", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kollect-assets-"));
    const program = realpathSync(first.kubectl);
    for (const name of ["etcd", "kube-apiserver", "kubectl"]) symlinkSync(program, join(folder, name));
    const told: string[] = [];
    const assets = await startControlPlane({ assets: folder, log: (line) => told.push(line) });
    try {
      expect(assets).toMatchObject({
        origin: "assets",
        garbageCollector: false,
        kubectl: join(folder, "kubectl"),
      });
      expect(assets.processes.controllers).toBeUndefined();
      expect(told).toEqual([expect.stringContaining(`${folder}. It has no controllers`)]);
      expect(await kubectl(assets, ["create", "configmap", "made"])).toBe("configmap/made created\n");
    } finally {
      await assets.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a control plane that cannot start", () => {
  it("says what the part said last and leaves nothing behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kollect-failed-start-"));
    vi.stubEnv("TMPDIR", folder);
    try {
      const started = startControlPlane({ apiServerArgs: ["--no-such-flag"], log: () => undefined });
      await expect(started).rejects.toThrow(/kube-apiserver ended.*unknown flag: --no-such-flag/s);
      expect(readdirSync(folder)).toEqual([]);
      expect(commandLines().filter((line) => line.includes(folder))).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });

  it("stops at once when it is cancelled", async () => {
    const started = startControlPlane({ signal: AbortSignal.timeout(1_500), log: () => undefined });
    await expect(started).rejects.toThrow("aborted due to timeout");
  });

  it("names the program that KUBEBUILDER_ASSETS does not have", async () => {
    const started = startControlPlane({ assets: import.meta.dirname, log: () => undefined });
    await expect(started).rejects.toThrow(`names ${import.meta.dirname}, which has no executable etcd`);
  });
});
