import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { dsnOf, postgresSink, secret } from "../../../lab/drafts";
import { runCommand } from "../../../lab/operator/run-command";
import { install as installHelm } from "../../../lab/servers/tools/helm";
import { ROOT } from "../../../lab/stage";
import type { Plugin } from "../../cli/plugin";
import type { Scene } from "../../e2e/scene/scene";

/** A folder like the one in which the docs' commands are typed: their files, programs and home. */
export interface Workspace {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

const SAMPLE = "config/samples/kollect_v1alpha1_kollectdatabasesink.yaml";
const HOME_FOLDERS = [".zfunc", ".config/fish/completions", ".local/bin"];

/** Makes the folder, and the namespace `shop` with a sink that works and one that does not. */
export async function openWorkspace(scene: Scene, plugin: Plugin): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), "kollect-documented-"));
  for (const path of HOME_FOLDERS) mkdirSync(join(folder, "home", path), { recursive: true });
  const { host, port, superuser } = scene.postgres;
  const dsn = dsnOf({ host, port, ...superuser });
  writeFiles(folder, dsn);
  writePrograms(folder, scene.stage.cluster.kubectl, plugin, await installHelm());
  writeKubeconfig(folder, scene.stage.cluster.kubeconfig);
  const env = {
    PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: join(folder, "home"),
    KUBECONFIG: join(folder, "kubeconfig"),
    GIT_CONFIG_GLOBAL: join(folder, "gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const bare = join(folder, "platform/inventory.git");
  await runCommand({ command: "git", args: ["init", "--bare", bare], cwd: folder, env, timeoutMs: 30_000 });
  await createSinks(scene, dsn);
  return { folder, env, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What the commands read. The samples have the DSN of a server that runs, as they ask for. */
function writeFiles(folder: string, dsn: string): void {
  cpSync(join(ROOT, "config"), join(folder, "config"), { recursive: true });
  const sample = readFileSync(join(ROOT, SAMPLE), "utf8");
  const base = "overlays/prod";
  const sink = stringify(postgresSink("shop", "orders"));
  const sinkAndSecret = `${sink}---\n${stringify(secret("shop", "orders", { dsn }))}`;
  const files: Readonly<Record<string, string>> = {
    [SAMPLE]: sample.replace(/dsn: .*/, `dsn: ${dsn}`),
    "sink.yaml": sinkAndSecret,
    [`${base}/sink.yaml`]: sinkAndSecret,
    [`${base}/kustomization.yaml`]: stringify({ resources: ["sink.yaml"] }),
    "chart/Chart.yaml": stringify({ apiVersion: "v2", name: "shop", version: "1.0.0" }),
    "chart/templates/sink.yaml": sink,
    "credentials.json": "{}\n",
    gitconfig: [
      "[user]\n\tname = Reader\n\temail = reader@example.com",
      `[url "file://${folder}/platform/"]\n\tinsteadOf = https://git.example.com/platform/\n`,
    ].join("\n"),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** kubectl has kustomize in it. */
function writePrograms(folder: string, kubectl: string, plugin: Plugin, helm: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(kubectl, join(bin, "kubectl"));
  symlinkSync(helm, join(bin, "helm"));
  symlinkSync(join(plugin.folder, "kubectl-kollect"), join(bin, "kubectl-kollect"));
  const kustomize = '#!/bin/sh\n[ "$1" = build ] && exec kubectl kustomize "$2"\n';
  writeFileSync(join(bin, "kustomize"), kustomize, { mode: 0o755 });
}

/** The cluster's, in which it has the names `east` and `west` too. */
function writeKubeconfig(folder: string, kubeconfig: string): void {
  const config = parse(readFileSync(kubeconfig, "utf8")) as { contexts: { name: string }[] };
  const [own] = config.contexts;
  const contexts = [...config.contexts, ...["east", "west"].map((name) => ({ ...own, name }))];
  writeFileSync(join(folder, "kubeconfig"), stringify({ ...config, contexts }), { mode: 0o600 });
}

async function createSinks({ objects, stage }: Scene, dsn: string): Promise<void> {
  await objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  for (const namespace of ["shop", "default"]) {
    await objects.apply(secret(namespace, "orders", { dsn }));
    await objects.create(postgresSink(namespace, "orders"));
  }
  await stage.kubectl(["label", "kdb", "orders", "-n", "shop", "team=shop"]);
  await objects.create({
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectSnapshotSink",
    metadata: { namespace: "shop", name: "audit" },
    spec: { type: "git", endpoint: "https://127.0.0.1:1/audit.git" },
  });
}
