import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { hasVerdict } from "../../../capabilities/domain/decide";
import { OPERATOR } from "../../../generate/config/roles";
import { startControlPlane } from "../../../lab/control-plane/control-plane";
import { kubectl, tryKubectl, type KubectlResult } from "../../../lab/control-plane/kubectl";
import type { ControlPlane } from "../../../lab/control-plane/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import { rolledOut } from "../../../lab/deployment/deploy-manifests";
import { peprDeploy } from "../../../lab/deployment/pepr-deploy";
import { connectionTest, dsnOf, postgresSink, secret } from "../../../lab/drafts";
import { objectsOf, type Objects } from "../scene/objects";
import { proxy, type Fault } from "../../../lab/faults";
import { startKubelet, type Kubelet } from "../../../lab/kubelet/kubelet";
import type { RunningPod } from "../../../lab/kubelet/run-pod";
import { openKubeApi, type KubeApi } from "../../../lab/operator/kube-api";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { ROOT } from "../../../lab/stage";

/** A cluster with a node, without the operator at first, and a PostgreSQL server. */
export interface Installation {
  readonly cluster: ControlPlane;
  readonly api: KubeApi;
  readonly objects: Objects;
  readonly kubelet: Kubelet;
  readonly postgres: PostgresServer;
  /** In front of it; counts what is dialled. */
  readonly counted: Fault;
  kubectl(...args: readonly string[]): Promise<string>;
  tryKubectl(...args: readonly string[]): Promise<KubectlResult>;
  /** `npx pepr deploy --yes` of a version; rejects unless it ends with exit code 0. */
  deploy(version: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Waits until no pod but those of the latest templates is left. */
  rolledOut(): Promise<void>;
  /** The pods of the watcher that are ready. */
  watchers(): readonly RunningPod[];
  /** A sink with its Secret, behind {@link counted} if it is called so. */
  sink(name: string): Promise<void>;
  /** A test of the sink in namespace `default`. */
  create(name: string, sink: string): Promise<KollectConnectionTest>;
  verdict(test: KollectConnectionTest): Promise<KollectConnectionTest>;
  stop(): Promise<void>;
}

/** Loopback is where the server is; the grace is longer than an upgrade takes. */
const SETTINGS = { KOLLECT_ALLOW_CIDRS: "127.0.0.0/8", KOLLECT_GRACE_SECONDS: "600" };
const VERDICT_MS = 60_000;

export async function startInstallation(): Promise<Installation> {
  const directory = mkdtempSync(join(tmpdir(), "kollect-deployed-"));
  const undo: (() => Promise<void>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const [cluster, postgres] = await Promise.all([
      startControlPlane().then((started) => {
        undo.push(() => started.stop());
        return started;
      }),
      startPostgres().then((started) => {
        undo.push(() => started.stop());
        return started;
      }),
    ]);
    const counted = await proxy(postgres, {});
    undo.push(() => counted.close());
    const api = await openKubeApi(cluster.kubeconfig, cluster.context);
    undo.push(async () => api.close());
    const { namespace } = OPERATOR;
    const pods = join(directory, "pods");
    const { serviceSocket } = cluster;
    const kubelet = startKubelet({ api, namespace, checkout: ROOT, directory: pods, serviceSocket });
    undo.push(() => kubelet.stop());
    return describe({ cluster, postgres, counted, api, kubelet, directory, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts {
  readonly cluster: ControlPlane;
  readonly postgres: PostgresServer;
  readonly counted: Fault;
  readonly api: KubeApi;
  readonly kubelet: Kubelet;
  readonly directory: string;
  stop(): Promise<void>;
}

function describe({ cluster, postgres, counted, api, kubelet, directory, stop }: Parts): Installation {
  const objects = objectsOf(api);
  return {
    cluster,
    api,
    objects,
    kubelet,
    postgres,
    counted,
    stop,
    kubectl: (...args) => kubectl(cluster, args),
    tryKubectl: (...args) => tryKubectl(cluster, args),
    deploy: async (version, env = {}) => {
      const failure = new AbortController();
      const { signal } = failure;
      const deployed = peprDeploy({
        cluster,
        checkout: ROOT,
        home: join(directory, "home"),
        version,
        env: { ...SETTINGS, ...env },
        signal,
      });
      // The command would wait for ever for a pod that cannot be run.
      kubelet.failed.catch((error: unknown) => failure.abort(error));
      return deployed;
    },
    rolledOut: async () => {
      await rolledOut(cluster, kubelet);
      // What is being ended counts for no Deployment any more, but has five seconds left.
      await waitUntil(
        { what: "the end of old pods", timeoutMs: 30_000 },
        async () => kubelet.pods.every((pod) => pod.isReady()) || undefined,
      );
    },
    watchers: () => kubelet.pods.filter((pod) => roleOf(pod) === "watcher" && pod.isReady()),
    sink: async (name) => {
      const { host, port } = name === "counted" ? { host: "127.0.0.1", port: counted.port } : postgres;
      await objects.apply(secret("default", name, { dsn: dsnOf({ host, port, ...postgres.superuser }) }));
      await objects.create(postgresSink("default", name));
    },
    create: async (name, sink) =>
      (await objects.create(connectionTest("default", name, sink))) as KollectConnectionTest,
    verdict: (test) =>
      waitUntil({ what: `a verdict of ${test.metadata.name}`, timeoutMs: VERDICT_MS }, async () => {
        const state = (await objects.read(test)) as KollectConnectionTest | undefined;
        if (!state) throw new Error(`${test.metadata.name} was deleted without a verdict`);
        return hasVerdict(state) ? state : undefined;
      }),
  };
}

function roleOf({ pod }: RunningPod): string | undefined {
  return pod.metadata.labels?.["pepr.dev/controller"];
}
