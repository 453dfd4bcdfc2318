import type { Sink } from "../api/types";
import type { SinkType } from "../api/vocabulary";
import { ClusterError } from "../domain/cluster-error";
import { asExporterReads, declaredLimitations, type LimitationNote } from "../domain/exporter/judge";
import { DEFAULT_EXPORTER } from "../domain/exporter/settings";
import { failed, FailureError, type Failure } from "../domain/failure";
import type { Cluster, Secret } from "../domain/ports";
import { allReferences, permittedSecret, type SharedSecret } from "../domain/references";
import type { SinkTarget } from "../domain/spec";
import type { PlanOptions, Probe, ProbePlan, ResolvedSecrets } from "../probes/probe";

export interface ResolveDependencies {
  readonly cluster: Pick<Cluster, "getSink" | "getSecret">;
  /** The probe of a sink's type; throws `FailureError` for an unknown type. */
  readonly probeFor: (type: string) => Probe;
  readonly sharedSecrets: readonly SharedSecret[];
  readonly planOptions: PlanOptions;
}

/** A probe that is ready to run. */
export interface ReadyProbe {
  readonly probe: Probe;
  readonly plan: ProbePlan;
  readonly type: SinkType;
  /** Approximate memory of the plan: the bytes of the Secrets and of the CA bundle that it is made from. */
  readonly bytes: number;
}

/** The objects that were read, kept even when the plan failed, so that status and audit can name them. */
export interface Resolution {
  readonly sink?: Sink;
  readonly secrets: readonly Secret[];
  readonly ready?: ReadyProbe;
  readonly failure?: Failure;
  /** Limitations of the exporter that follow from the sink and its Secrets; absent when there are none. */
  readonly limited?: readonly LimitationNote[];
  /** What is missing and may still be created: a sink, or a Secret or one of its keys. */
  readonly missing?: "sink" | "secret";
}

/**
 * Reads the sink and its Secrets live and makes the probe's plan from them. Failures that the user can fix, such as
 * an oversized Secret, are returned; only failures of the API server (a `ClusterError`) and an abort are thrown.
 */
export async function resolveSink(
  target: SinkTarget,
  dependencies: ResolveDependencies,
  signal: AbortSignal,
): Promise<Resolution> {
  const sink = await dependencies.cluster.getSink(target.kind, target.namespace, target.name, signal);
  if (!sink) return { secrets: [], failure: sinkNotFound(target), missing: "sink" };
  const secrets: Secret[] = [];
  const limited: LimitationNote[] = [];
  try {
    const probe = dependencies.probeFor(sink.spec.type);
    const resolved = await readSecrets(sink, probe, { dependencies, read: secrets, signal });
    const plan = planAsRead(sink, resolved, { probe, dependencies, limited });
    return {
      sink,
      secrets,
      limited,
      ready: { probe, plan, type: probe.type, bytes: bytesOf(sink, secrets) },
    };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { failure } = error;
    return { sink, secrets, limited, failure, ...(mayAppear(failure) ? { missing: "secret" as const } : {}) };
  }
}

/** The plan for the sink as declared, or with strict settings as the exporter reads it. */
function planAsRead(
  sink: Sink,
  secrets: ResolvedSecrets,
  context: { probe: Probe; dependencies: ResolveDependencies; limited: LimitationNote[] },
): ProbePlan {
  const { probe, limited } = context;
  const { planOptions } = context.dependencies;
  const { exporter = DEFAULT_EXPORTER, cloud } = planOptions;
  const input = { sink, secrets, bigqueryEmulator: cloud?.bigqueryEmulatorHost !== undefined };
  limited.push(...declaredLimitations(probe.type, input, exporter));
  const read = asExporterReads(probe.type, input, exporter);
  return probe.plan(read.sink, read.secrets, planOptions);
}

function bytesOf(sink: Sink, secrets: readonly Secret[]): number {
  const values = secrets.flatMap(({ data }) => [...data.values()]);
  return values.reduce((sum, { length }) => sum + length, sink.spec.tls?.caBundle?.length ?? 0);
}

async function readSecrets(
  sink: Sink,
  probe: Probe,
  context: { dependencies: ResolveDependencies; read: Secret[]; signal: AbortSignal },
): Promise<ResolvedSecrets> {
  const { dependencies, read, signal } = context;
  const resolved = new Map<string, Secret>();
  const sinkNamespace = sink.metadata.namespace ?? "";
  for (const reference of allReferences(sink, probe.references(sink))) {
    const permitted = permittedSecret(sinkNamespace, reference, dependencies.sharedSecrets);
    if (permitted instanceof FailureError) throw permitted;
    const { namespace, name } = permitted;
    const secret = await dependencies.cluster.getSecret(namespace, name, signal).catch((error: unknown) => {
      throw isTooLarge(error) ? tooLarge(name, reference.field, error) : error;
    });
    if (!secret) {
      throw failed(
        "SecretNotFound",
        `Secret ${name}, which ${reference.field} names, does not exist in namespace ` +
          `${namespace}. Create it with the keys that the sink's type expects.`,
      );
    }
    read.push(secret);
    resolved.set(reference.field, secret);
  }
  return resolved;
}

function isTooLarge(error: unknown): error is ClusterError {
  return error instanceof ClusterError && error.reason === "TooLarge";
}

/** A fault of the Secret, unlike every other failed read: a retry would return the same Secret. */
function tooLarge(name: string, field: string, error: ClusterError): FailureError {
  return failed(
    "SecretValueInvalid",
    `Secret ${name}, which ${field} names, is larger than the operator reads (768 KiB in base64). ` +
      "Keep the credentials and certificates in it and move everything else elsewhere.",
    error,
  );
}

function sinkNotFound({ kind, namespace, name }: SinkTarget): Failure {
  return {
    reason: "SinkNotFound",
    message: `There is no ${kind} ${name} in namespace ${namespace}. Apply the sink.`,
  };
}

function mayAppear(failure: Failure): boolean {
  return failure.cause === "SecretNotFound" || failure.cause === "SecretKeyMissing";
}
