import type { Sink } from "../../capabilities/api/types";
import type { PhaseName } from "../../capabilities/api/vocabulary";
import { cloudEnvironment } from "../../capabilities/config/cloud-environment";
import { ClusterError } from "../../capabilities/domain/cluster-error";
import type { ExporterSettings } from "../../capabilities/domain/exporter/settings";
import { targetOf } from "../../capabilities/domain/identity";
import { systemClock } from "../../capabilities/lib/clock";
import { systemResolver } from "../../capabilities/probes/net/names/system-resolver";
import type { Host } from "../host";
import { inParallel } from "../in-parallel";
import { inputOf, type Input } from "../input/input";
import { readSources } from "../input/read";
import { type Findings, withoutVerdict } from "../report/findings";
import type { SinkResult } from "../report/report";
import { apiServersOf, kubeconfigFiles } from "./api-servers";
import { checkSink, type CheckDependencies } from "./check-sink";
import { checkPolicy } from "./policy";
import { loadProbes } from "./probes";
import { inputCluster, type InputCluster, type ReadSecret } from "./secrets";

export interface CheckOptions {
  readonly files: readonly string[];
  /** Namespace of objects that name none. */
  readonly namespace: string;
  readonly kubeconfig?: string | undefined;
  readonly exporter: ExporterSettings;
  /** Whether cloud identities of this machine's environment may be used. */
  readonly ambientCredentials: boolean;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly parallel: number;
  /** Reads Secrets of the cluster; absent where only the files count. */
  readonly readSecret?: ReadSecret | undefined;
}

/** Probes every sink of the files from this machine. Rejects with `CommandFailure` for wrong input. */
export async function runCheck(options: CheckOptions, host: Host, findings: Findings): Promise<void> {
  const { interrupt: signal } = host;
  const input = inputOf(await readSources(options.files, host.stdin, signal), options.namespace);
  const shared = await sharedDependencies(options, host, input);
  for (const sink of input.sinks) findings.set(waiting(sink));
  await inParallel(input.sinks, options.parallel, async (sink) => {
    const cluster = inputCluster(input, options.readSecret);
    const resolving = { ...shared.resolving, cluster };
    const onPhase = (phase: PhaseName): void => findings.set(probing(sink, phase));
    const result = await checkSink(sink, { ...shared, resolving, onPhase }, signal).catch(
      (error: unknown) => {
        if (error instanceof ClusterError) return notRead(sink, error);
        throw error;
      },
    );
    findings.set(options.readSecret ? result : explained(result, cluster, input));
  });
}

async function sharedDependencies(
  options: CheckOptions,
  { env }: Host,
  { sinks }: Input,
): Promise<
  Omit<CheckDependencies, "resolving" | "onPhase"> & {
    resolving: Omit<CheckDependencies["resolving"], "cluster">;
  }
> {
  const { exporter, retries, timeoutMs, ambientCredentials } = options;
  const [probeFor, apiServers] = await Promise.all([
    loadProbes(sinks.map(({ spec }) => spec.type)),
    apiServersOf(kubeconfigFiles(env, options.kubeconfig)),
  ]);
  const clock = systemClock();
  const cloud = ambientCredentials ? cloudEnvironment(env, true) : {};
  return {
    clock,
    retries,
    exporter,
    attempt: { timeoutMs, clock, addressPolicy: checkPolicy(apiServers), resolveHost: systemResolver() },
    resolving: { probeFor, sharedSecrets: [], planOptions: { ambientCredentials, cloud, exporter } },
  };
}

function waiting(sink: Sink): SinkResult {
  const about = { reason: "Pending", message: "The probe has not run.", type: sink.spec.type };
  return withoutVerdict(targetOf(sink), about);
}

function probing(sink: Sink, phase: PhaseName): SinkResult {
  return { ...waiting(sink), reason: "Probing", message: `Phase ${phase} is running.` };
}

/** A failed read of a Secret is not a verdict on the sink. */
function notRead(sink: Sink, { message }: ClusterError): SinkResult {
  const about = { reason: "SecretNotRead", message: `A Secret of the sink cannot be read: ${message}` };
  return withoutVerdict(targetOf(sink), { ...about, type: sink.spec.type, fault: "Command" });
}

/** Adds advice for a Secret that is missing in the files, because it may exist in the cluster. */
function explained(result: SinkResult, cluster: InputCluster, { makers }: Input): SinkResult {
  const key = cluster.missed();
  if (result.cause !== "SecretNotFound" || key === undefined) return result;
  const maker = makers.get(key);
  const message = maker
    ? `Secret ${key} comes from ${maker.by}, so its values are not in the files. Use --from-cluster to read it there.`
    : `Secret ${key}, which the sink names, is not among the files. Add it, or use --from-cluster.`;
  return { ...result, message, fault: "Input" };
}
