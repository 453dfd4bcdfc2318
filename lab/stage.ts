import { join } from "node:path";
import { openApiGateway, type ApiGateway } from "./api-gateway";
import { cacheDirectory } from "./control-plane/cache-directory";
import { startControlPlane, type ControlPlaneOptions } from "./control-plane/control-plane";
import { kubectl, tryKubectl, type KubectlOptions, type KubectlResult } from "./control-plane/kubectl";
import type { ControlPlane } from "./control-plane/types";
import { deployManifests, type Deployed } from "./deployment/deploy-manifests";
import { buildModule } from "./operator/build-module";
import { installMissingCrds } from "./operator/crds";
import { openKubeApi, type KubeApi } from "./operator/kube-api";
import { installCrd, type KubeObject } from "./operator/objects";
import { startOperator, type Operator } from "./operator/start-operator";

export const ROOT = join(import.meta.dirname, "..");

export interface StageOptions {
  /** KOLLECT_ settings beside the one that lets the operator dial loopback, where the test servers are. */
  readonly env?: Readonly<Record<string, string>>;
  /** The operator's rights: those of its generated ServiceAccount, unless false. */
  readonly serviceAccount?: boolean;
  /** Puts {@link Stage.gateway} between the operator and the API server. */
  readonly gateway?: boolean;
  /** Runs the operator from its manifests, in pods, instead of by the launcher; `operator` then throws. */
  readonly deployed?: boolean;
  readonly controlPlane?: ControlPlaneOptions;
  /** Another installer's CustomResourceDefinitions, there before ours are. */
  readonly foreignCrds?: readonly KubeObject[];
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A real API server on which the built module runs as its Deployments would run it. */
export interface Stage {
  readonly cluster: ControlPlane;
  readonly api: KubeApi;
  /** Throws unless it was asked for. */
  readonly gateway: ApiGateway;
  /** Replaced by {@link restartOperator}. */
  readonly operator: Operator;
  /** Runs kubectl; rejects with what it said when it fails. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
  tryKubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** Starts the operator (again) after its processes were killed. */
  startOperator(env?: Readonly<Record<string, string>>): Promise<Operator>;
  stop(): Promise<void>;
}

/** Starts everything but backends. When something fails, nothing is left running. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const log = options.log ?? (() => undefined);
  const { signal } = options;
  const cluster = await startControlPlane({ log, signal, ...options.controlPlane });
  let api: KubeApi | undefined;
  let operator: Operator | undefined;
  let gateway: ApiGateway | undefined;
  let deployed: Deployed | undefined;
  const settings = { KOLLECT_ALLOW_CIDRS: "127.0.0.0/8", ...options.env };
  const deploy = async (opened: KubeApi): Promise<void> => {
    const build = await buildModule({
      root: ROOT,
      cacheDir: cacheDirectory(process.env),
      env: process.env,
      log,
    });
    deployed = await deployManifests({ cluster, api: opened, build, checkout: ROOT, settings, signal });
  };
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<Operator> => {
    const build = await buildModule({
      root: ROOT,
      cacheDir: cacheDirectory(process.env),
      env: process.env,
      log,
      ...(signal ? { signal } : {}),
    });
    operator = await startOperator({
      kubeconfig: cluster.kubeconfig,
      context: cluster.context,
      build,
      env: { ...settings, ...env },
      serviceAccount: options.serviceAccount ?? true,
      ...(gateway ? { gateway } : {}),
      log,
      ...(signal ? { signal } : {}),
    });
    return operator;
  };
  const stop = async (): Promise<void> => {
    await operator?.stop();
    await gateway?.close();
    await deployed?.stop();
    api?.close();
    await cluster.stop();
  };
  try {
    api = await openKubeApi(cluster.kubeconfig, cluster.context);
    for (const crd of options.foreignCrds ?? []) await installCrd(api, crd);
    if (options.deployed) {
      await deploy(api);
    } else {
      await installMissingCrds(api, join(ROOT, "config/crd"));
      if (options.gateway) gateway = await openApiGateway(cluster);
      await start();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    cluster,
    api,
    get gateway(): ApiGateway {
      if (!gateway) throw new Error("no gateway was asked for");
      return gateway;
    },
    get operator(): Operator {
      if (!operator) throw new Error("no operator was started");
      return operator;
    },
    kubectl: (args, more) => kubectl(cluster, args, more),
    tryKubectl: (args, more) => tryKubectl(cluster, args, more),
    startOperator: start,
    stop,
  };
}
