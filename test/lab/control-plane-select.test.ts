import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useContext } from "../../lab/control-plane/existing-cluster";
import { chooseCluster } from "../../lab/control-plane/select";

const exported = { KUBECONFIG: "/home/someone/.kube/production" };
const assets = { KUBEBUILDER_ASSETS: "/opt/kubebuilder" };

describe("the cluster to use", () => {
  it.each([
    { argv: [], env: {}, choice: { kind: "build" } },
    { argv: [], env: exported, choice: { kind: "build" } },
    { argv: [], env: { KUBEBUILDER_ASSETS: "" }, choice: { kind: "build" } },
    { argv: [], env: assets, choice: { kind: "assets", folder: "/opt/kubebuilder" } },
    { argv: [], env: { ...exported, ...assets }, choice: { kind: "assets", folder: "/opt/kubebuilder" } },
    { argv: ["--context", "dev"], env: {}, choice: { kind: "context", name: "dev" } },
    { argv: ["--context=dev"], env: { ...exported, ...assets }, choice: { kind: "context", name: "dev" } },
    { argv: ["--keep", "--context", "dev", "x"], env: {}, choice: { kind: "context", name: "dev" } },
    { argv: ["--context", "dev", "--context=dev"], env: {}, choice: { kind: "context", name: "dev" } },
    { argv: ["--keep", "--all"], env: exported, choice: { kind: "build" } },
    { argv: ["--", "--context", "dev"], env: {}, choice: { kind: "build" } },
  ])("is $choice.kind for $argv with $env", ({ argv, env, choice }) => {
    expect(chooseCluster(argv, env)).toEqual(choice);
  });

  it.each([
    { argv: ["--context"], message: "--context needs the name" },
    { argv: ["--context="], message: "--context needs the name" },
    { argv: ["--context", "--keep"], message: "--context needs the name" },
    { argv: ["--context", "dev", "--context", "production"], message: "more than once: dev, production" },
  ])("is refused for $argv", ({ argv, message }) => {
    expect(() => chooseCluster(argv, assets)).toThrow(message);
  });
});

describe("a named context", () => {
  let home: string;
  let env: NodeJS.ProcessEnv;

  function write(path: string, config: unknown): string {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof config === "string" ? config : JSON.stringify(config));
    return file;
  }

  function kubeconfig(name: string, user: unknown = { token: "secret" }): Record<string, unknown> {
    return {
      contexts: [{ name, context: { cluster: `${name}-cluster`, user: `${name}-user`, namespace: "shop" } }],
      clusters: [{ name: `${name}-cluster`, cluster: { server: `https://${name}.example:6443` } }],
      users: [{ name: `${name}-user`, user }],
    };
  }

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "kollect-select-"));
    chmodSync(write("bin/kubectl", "#!/bin/sh\n"), 0o755);
    env = { HOME: home, PATH: join(home, "bin"), XDG_CACHE_HOME: join(home, "cache") };
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it("becomes a private kubeconfig with this context alone", async () => {
    write(".kube/config", {
      ...kubeconfig("dev"),
      "current-context": "production",
      contexts: [...(kubeconfig("production").contexts as []), ...(kubeconfig("dev").contexts as [])],
    });
    const cluster = await useContext("dev", { env });
    expect(cluster).toMatchObject({
      context: "dev",
      url: "https://dev.example:6443",
      garbageCollector: true,
    });
    expect(JSON.parse(readFileSync(cluster.kubeconfig, "utf8"))).toEqual({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "dev",
      contexts: [{ name: "dev", context: { cluster: "dev", user: "dev", namespace: "shop" } }],
      clusters: [{ name: "dev", cluster: { server: "https://dev.example:6443" } }],
      users: [{ name: "dev", user: { token: "secret" } }],
    });
    expect(statSync(cluster.kubeconfig).mode & 0o077).toBe(0);
    await cluster.stop();
    expect(() => statSync(dirname(cluster.kubeconfig))).toThrow("ENOENT");
  });

  it("is read from all files of KUBECONFIG together, the first winning, and not from ~/.kube/config", async () => {
    write(".kube/config", kubeconfig("home"));
    const first = write("first", {
      clusters: [{ name: "dev-cluster", cluster: { server: "https://first:1" } }],
    });
    const second = write("second", kubeconfig("dev"));
    const listed = { ...env, KUBECONFIG: [first, join(home, "absent"), second].join(":") };
    const cluster = await useContext("dev", { env: listed });
    expect(cluster.url).toBe("https://first:1");
    await cluster.stop();
    await expect(useContext("home", { env: listed })).rejects.toThrow("Contexts there: dev.");
  });

  it("keeps paths that are relative to its file", async () => {
    const user = { "client-key": "keys/dev.key", exec: { command: "./login", args: ["a"] } };
    write(".kube/config", kubeconfig("dev", user));
    const cluster = await useContext("dev", { env });
    const written = JSON.parse(readFileSync(cluster.kubeconfig, "utf8")) as { users: unknown[] };
    const kube = join(home, ".kube");
    expect(written.users).toEqual([
      {
        name: "dev",
        user: {
          "client-key": join(kube, "keys/dev.key"),
          exec: { command: join(kube, "login"), args: ["a"] },
        },
      },
    ]);
    await cluster.stop();
  });

  it("is found among the clusters that were started here, with nothing exported", async () => {
    write("cache/kollect/clusters/kollect-0a1b2c/kubeconfig", kubeconfig("kollect-0a1b2c"));
    write("cache/kollect/clusters/kollect-0a1b2c/cluster.json", {
      pid: process.pid,
      garbageCollector: false,
    });
    const cluster = await useContext("kollect-0a1b2c", { env });
    expect(cluster).toMatchObject({ url: "https://kollect-0a1b2c.example:6443", garbageCollector: false });
    await cluster.stop();
  });

  it.each([
    { name: "../../.kube/config", message: "there is no such context" },
    { name: "absent", message: "They have none." },
  ])("is refused when there is none of the name $name", async ({ name, message }) => {
    await expect(useContext(name, { env })).rejects.toThrow(message);
  });

  it("is refused when its cluster is in no file", async () => {
    write(".kube/config", { ...kubeconfig("dev"), clusters: [] });
    await expect(useContext("dev", { env })).rejects.toThrow("names a cluster that no kubeconfig has");
  });

  it("is refused, with the file's name, when a kubeconfig is broken", async () => {
    const file = write(".kube/config", "contexts: [");
    await expect(useContext("dev", { env })).rejects.toThrow(`the kubeconfig ${file} cannot be read`);
  });
});
