import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cacheDirectory } from "../../lab/control-plane/cache-directory";
import { startControlPlane } from "../../lab/control-plane/control-plane";
import type { ControlPlane } from "../../lab/control-plane/types";
import { waitUntil } from "../../lab/control-plane/wait";
import { buildModule, type ModuleBuild } from "../../lab/operator/build-module";
import { installMissingCrds } from "../../lab/operator/crds";
import { type KubeApi, openKubeApi } from "../../lab/operator/kube-api";
import type { OperatorOptions } from "../../lab/operator/launch-environment";
import { type Operator, startOperator } from "../../lab/operator/start-operator";

const root = join(import.meta.dirname, "../..");
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

let cluster: ControlPlane;
let api: KubeApi;
let build: ModuleBuild;
let operator: Operator | undefined;

beforeAll(async () => {
  [cluster, build] = await Promise.all([
    startControlPlane(),
    buildModule({ root, cacheDir: cacheDirectory(process.env), env: process.env }),
  ]);
  api = await openKubeApi(cluster.kubeconfig, cluster.context);
  await installMissingCrds(api, join(root, "config/crd"));
});

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
});

afterAll(async () => {
  api?.close();
  await cluster?.stop();
});

async function run(options: Partial<OperatorOptions> = {}): Promise<Operator> {
  operator = await startOperator({
    kubeconfig: cluster.kubeconfig,
    context: cluster.context,
    build,
    ...options,
  });
  return operator;
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/status`, "utf8").includes("State:\tZ");
}

async function webhookNames(): Promise<string[]> {
  const list = (await api.request({ method: "GET", path: WEBHOOKS })) as {
    items: { metadata: { name: string } }[];
  };
  return list.items.map(({ metadata }) => metadata.name);
}

async function holdOperator(): Promise<{ launcher: ChildProcess; pids: number[] }> {
  const script = join(import.meta.dirname, "fixtures/hold-operator.ts");
  const args = [
    "--import",
    "tsx",
    script,
    root,
    cluster.kubeconfig,
    cluster.context,
    join(cluster.dataDir, "held"),
  ];
  const launcher = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(launcher.stdout))
    return { launcher, pids: JSON.parse(line) as number[] };
  throw new Error("the launcher ended without starting the operator");
}

describe("startOperator", () => {
  it("lets the API server reach both webhooks of the admission process", async () => {
    const { admission } = await run();

    expect([...admission.calledWebhooks()].sort()).toEqual(["mutate", "validate"]);
    expect(await webhookNames()).toEqual([build.name]);
  });

  it("works with no more rights than the generated ServiceAccount has", async () => {
    const { processes, directory } = await run({ serviceAccount: true });

    expect(processes.map(({ role }) => role).sort()).toEqual(["admission", "watcher"]);
    expect(readFileSync(join(directory, "kubeconfig"), "utf8")).toContain(build.name);
  });

  it("leaves no process and no webhook configuration behind when it is stopped", async () => {
    const { processes, stop, directory } = await run();
    const pids = processes.map(({ pid }) => pid);

    await stop();

    expect(pids.filter(isRunning)).toEqual([]);
    expect(await webhookNames()).toEqual([]);
    expect(existsSync(directory)).toBe(false);
  });

  it("starts a crashed process again at the same address", async () => {
    const { admission } = await run({ roles: ["admission"] });
    const { pid, port } = admission;

    admission.kill("SIGKILL");
    expect(await admission.exited).toEqual({ code: null, signal: "SIGKILL" });
    await admission.restart();

    expect(admission.pid).not.toBe(pid);
    expect(admission.port).toBe(port);
    expect(await admission.metrics()).toContain("pepr_errors");
  });

  it("ends the processes when the launcher is killed, and takes over from it in the next run", async () => {
    const { launcher, pids } = await holdOperator();

    launcher.kill("SIGKILL");

    const what = "the end of the processes";
    await waitUntil({ what, timeoutMs: 30_000 }, async () => !pids.some(isRunning) || undefined);
    expect(await webhookNames()).toEqual([build.name]);
    await (await run()).stop();
    expect(await webhookNames()).toEqual([]);
  });

  it("refuses to replace the webhooks of a deployment, and leaves them alone", async () => {
    await api.request({
      method: "POST",
      path: WEBHOOKS,
      body: {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: build.name },
      },
    });
    try {
      const directory = join(cluster.dataDir, "refused");
      await expect(run({ directory })).rejects.toThrow(`MutatingWebhookConfiguration ${build.name} exists`);
      expect(await webhookNames()).toEqual([build.name]);
    } finally {
      await api.request({ method: "DELETE", path: `${WEBHOOKS}/${build.name}` });
    }
  });

  it("quotes the log when a process does not become ready", async () => {
    await expect(
      run({ env: { SSL_KEY_PATH: "/missing" }, directory: join(cluster.dataDir, "broken") }),
    ).rejects.toThrow(/"code":"ENOENT"/);
    expect(await webhookNames()).toEqual([]);
  });

  it("takes its settings from the Deployment and from nowhere else", async () => {
    const { watcher } = await run({ roles: ["watcher"] });

    expect(watcher.memory()).toBeGreaterThan(10 * 2 ** 20);
    const environment = readFileSync(`/proc/${watcher.pid}/environ`, "utf8").split("\0");
    expect(environment).toContain("PEPR_WATCH_MODE=true");
    expect(environment.filter((entry) => entry.startsWith("VITEST"))).toEqual([]);
  });
});
