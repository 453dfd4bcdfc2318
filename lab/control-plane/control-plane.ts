import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Components, componentsFromAssets, componentsFromBuild } from "./components";
import { ADMIN, CONTROLLERS, PREDEFINED_USERS, writeCredentials } from "./credentials";
import { writeKubeconfig } from "./kubeconfig";
import { type Site, startApiServer, startControllers, startEtcd } from "./parts";
import { writeServiceNetwork } from "./service-network";
import type { ClusterUser, ControlPlane, Log, ManagedProcess } from "./types";

/** Settings of {@link startControlPlane}. */
export interface ControlPlaneOptions {
  /** Folder of etcd's data, certificates, logs. By default a new one, which `stop` removes. */
  readonly dataDir?: string | undefined;
  /** Write an audit log at level Metadata. True by default. */
  readonly audit?: boolean | undefined;
  /** Admission plugins to enable beside the API server's default ones. */
  readonly admissionPlugins?: readonly string[] | undefined;
  /** Users beside `ci` and `developer`, for {@link ControlPlane.userKubeconfig}. */
  readonly users?: readonly ClusterUser[] | undefined;
  readonly etcdArgs?: readonly string[] | undefined;
  readonly apiServerArgs?: readonly string[] | undefined;
  /** Folder with etcd, kube-apiserver and kubectl to use instead of building them. */
  readonly assets?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives what a person should know. Standard error by default. */
  readonly log?: Log | undefined;
}

/**
 * Starts etcd, an API server and the controllers on free ports of loopback, and waits until they do their work.
 * Any number may run side by side. Its processes end with `stop`, and also when this process dies in any way.
 * Rejects, leaving nothing behind, when a part does not start: the error quotes the end of that part's log.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "kollect-control-plane-")));
  const undo: Undo = [];
  if (options.dataDir === undefined) undo.push(async () => rm(dataDir, { recursive: true, force: true }));
  const stop = once(async () => {
    // The last started goes first, because it cannot work without those before it.
    for (const step of undo.reverse()) await step();
  });
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return { ...(await start(dataDir, options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What ends that which was started so far, in the order of the starts. */
type Undo = (() => Promise<void>)[];

async function start(
  dataDir: string,
  options: ControlPlaneOptions,
  undo: Undo,
): Promise<Omit<ControlPlane, "stop">> {
  const components = await findComponents(dataDir, options);
  const users = [...PREDEFINED_USERS, ...(options.users ?? [])];
  const credentials = await writeCredentials(join(dataDir, "credentials"), users);
  const site: Site = { dataDir, components, credentials, signal: options.signal };
  const caFile = join(dataDir, "certificates", "apiserver.crt");
  const auditLog = options.audit === false ? "" : join(dataDir, "audit.log");
  const context = `kollect-${randomBytes(3).toString("hex")}`;
  const kubeconfigOf = (user: string): string => join(dataDir, `${user}.kubeconfig`);
  const started = (process: ManagedProcess): ManagedProcess => {
    undo.push(async () => process.stop());
    return process;
  };

  const services = await writeServiceNetwork(dataDir);
  const etcd = await startEtcd(site, options.etcdArgs ?? []);
  started(etcd.process);
  const apiServer = await startApiServer(site, {
    etcdUrl: etcd.url,
    caFile,
    auditLog,
    egress: services.configuration,
    admissionPlugins: options.admissionPlugins ?? [],
    extraArgs: options.apiServerArgs ?? [],
  });
  started(apiServer.process);
  const certificate = (await readFile(caFile)).toString("base64");
  const cluster = { server: apiServer.url, "certificate-authority-data": certificate };
  for (const [name, token] of credentials.tokens) {
    await writeKubeconfig(kubeconfigOf(name), { context, cluster, user: { token } });
  }
  const command = components.controllers;
  const kubeconfig = kubeconfigOf(CONTROLLERS);
  const controllers = command && started(await startControllers(site, { command, kubeconfig, caFile }));
  return {
    origin: components.origin,
    kubeconfig: kubeconfigOf(ADMIN),
    context,
    url: apiServer.url,
    kubectl: components.kubectl,
    garbageCollector: controllers !== undefined,
    adminToken: credentials.tokens.get(ADMIN) ?? "",
    caFile,
    auditLog,
    dataDir,
    etcdUrl: etcd.url,
    serviceSocket: services.socket,
    processes: { etcd: etcd.process, apiServer: apiServer.process, controllers },
    userKubeconfig: (name) => kubeconfigOf(knownUser(name, users)),
  };
}

function knownUser(name: string, users: readonly ClusterUser[]): string {
  const names = users.map((user) => user.name);
  if (names.includes(name)) return name;
  throw new Error(`user ${name} is not known: add it to the option users. Known: ${names.join(", ")}`);
}

async function findComponents(dataDir: string, options: ControlPlaneOptions): Promise<Components> {
  const { assets, signal, log } = options;
  if (assets === undefined) return componentsFromBuild(join(dataDir, "bin"), { signal, log });
  const say = log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  say(
    `Using KUBEBUILDER_ASSETS=${assets}. It has no controllers: nothing deletes the dependents of a deleted owner ` +
      "or the content of a deleted namespace.",
  );
  return componentsFromAssets(assets);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= work());
}
