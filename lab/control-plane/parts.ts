import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { getStatus } from "./api-request";
import type { Command, Components } from "./components";
import { ADMIN, type Credentials } from "./credentials";
import { type ProcessSpec, startProcess } from "./managed-process";
import { onFreePort } from "./ports";
import type { ManagedProcess } from "./types";

/** What all parts of one control plane share. */
export interface Site {
  readonly dataDir: string;
  readonly components: Components;
  readonly credentials: Credentials;
  readonly signal?: AbortSignal | undefined;
}

/** A part that others connect to. */
export interface ServingPart {
  readonly process: ManagedProcess;
  readonly url: string;
}

/** Settings of {@link startApiServer}. */
export interface ApiServerSettings {
  readonly etcdUrl: string;
  readonly caFile: string;
  /** Path of the audit log, or empty if there is to be none. */
  readonly auditLog: string;
  /** Path of the configuration of how Services are reached. */
  readonly egress: string;
  readonly admissionPlugins: readonly string[];
  readonly extraArgs: readonly string[];
}

const READY_TIMEOUT_MS = 60_000;
const SERVICE_ACCOUNT_ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Starts etcd on a free port. */
export async function startEtcd(site: Site, extraArgs: readonly string[]): Promise<ServingPart> {
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const args = [
      `--data-dir=${join(site.dataDir, "etcd")}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      "--listen-peer-urls=http://127.0.0.1:0",
      "--unsafe-no-fsync",
      ...extraArgs,
    ];
    const ready = async (signal: AbortSignal): Promise<boolean> =>
      (await fetch(`${url}/health`, { signal })).ok;
    return {
      url,
      process: await startProcess(spec(site, "etcd", { command: site.components.etcd, args, ready })),
    };
  });
}

/** Starts the API server on a free port. It writes a certificate for itself to `caFile`. */
export async function startApiServer(site: Site, settings: ApiServerSettings): Promise<ServingPart> {
  return onFreePort(async (port) => {
    const url = `https://127.0.0.1:${port}`;
    const command = site.components.apiServer;
    const args = apiServerArgs(site, settings, port);
    const token = site.credentials.tokens.get(ADMIN) ?? "";
    const ready = async (signal: AbortSignal): Promise<boolean> => {
      const ca = await readFile(settings.caFile, "utf8");
      const get = async (path: string): Promise<number> =>
        getStatus({ url: `${url}${path}`, ca, token, signal });
      return (await get("/readyz")) === 200 && (await get("/api/v1/namespaces/default")) === 200;
    };
    return { url, process: await startProcess(spec(site, "kube-apiserver", { command, args, ready })) };
  });
}

/** Where the API server tells that it listens; nothing does there. */
export const ADVERTISED_ADDRESS = "127.0.0.2";

function apiServerArgs(site: Site, settings: ApiServerSettings, port: number): string[] {
  const { tokenFile, serviceAccountKey, auditPolicy } = site.credentials;
  const { auditLog, admissionPlugins, egress } = settings;
  return [
    `--etcd-servers=${settings.etcdUrl}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    // Another one than clients use, as behind a Service.
    `--advertise-address=${ADVERTISED_ADDRESS}`,
    "--endpoint-reconciler-type=none", // which refuses to publish an address of loopback
    `--cert-dir=${join(settings.caFile, "..")}`,
    `--token-auth-file=${tokenFile}`,
    "--authorization-mode=RBAC",
    `--service-account-issuer=${SERVICE_ACCOUNT_ISSUER}`,
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    `--egress-selector-config-file=${egress}`,
    ...(auditLog === "" ? [] : [`--audit-policy-file=${auditPolicy}`, `--audit-log-path=${auditLog}`]),
    ...(admissionPlugins.length === 0 ? [] : [`--enable-admission-plugins=${admissionPlugins.join(",")}`]),
    ...settings.extraArgs,
  ];
}

/** Starts the controllers, and resolves when they have read all that they watch. */
export async function startControllers(
  site: Site,
  settings: { readonly command: Command; readonly kubeconfig: string; readonly caFile: string },
): Promise<ManagedProcess> {
  const readyFile = join(site.dataDir, "controllers.ready");
  const { command, kubeconfig, caFile } = settings;
  const args = [`--kubeconfig=${kubeconfig}`, `--root-ca-file=${caFile}`, `--ready-file=${readyFile}`];
  const ready = async (_signal: AbortSignal, pid: number): Promise<boolean> =>
    Number(await readFile(readyFile, "utf8")) === pid;
  return startProcess(spec(site, "controllers", { command, args, ready }));
}

function spec(
  site: Site,
  name: string,
  how: { readonly command: Command; readonly args: readonly string[]; readonly ready: ProcessSpec["ready"] },
): ProcessSpec {
  const [command, ...first] = how.command;
  return {
    name,
    command,
    args: [...first, ...how.args],
    // Nothing else: etcd reads its options from ETCD_*, and proxies or a GODEBUG of the person would change a test.
    env: { PATH: process.env.PATH, HOME: site.dataDir },
    logFile: join(site.dataDir, `${name}.log`),
    ready: how.ready,
    readyTimeoutMs: READY_TIMEOUT_MS,
    signal: site.signal,
  };
}
