import type { Sink } from "../api/types";
import type { SinkType } from "../api/vocabulary";
import { ClusterError } from "../domain/cluster-error";
import { asExporterReads, declaredLimitations, type LimitationNote } from "../domain/exporter/judge";
import { DEFAULT_EXPORTER } from "../domain/exporter/settings";
import { failed, FailureError, type Failure } from "../domain/failure";
import type { Cluster, Secret } from "../domain/ports";
import { allReferences, permittedSecret, type SecretName, type SharedSecret } from "../domain/references";
import type { SinkTarget } from "../domain/spec";
import { longField } from "./long-fields";
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
 * @param expected Secrets to read at the same time as the sink, because it will probably name them
 */
export async function resolveSink(
  target: SinkTarget,
  dependencies: ResolveDependencies,
  signal: AbortSignal,
  expected: readonly SecretName[] = [],
): Promise<Resolution> {
  const reads = new SecretReads(dependencies.cluster, signal);
  for (const name of expected) void reads.start(name);
  const sink = await dependencies.cluster.getSink(target.kind, target.namespace, target.name, signal);
  if (!sink) return { secrets: [], failure: sinkNotFound(target), missing: "sink" };
  const secrets: Secret[] = [];
  const limited: LimitationNote[] = [];
  try {
    const long = longField(sink);
    if (long) throw long;
    const probe = dependencies.probeFor(sink.spec.type);
    const resolved = await readSecrets(sink, probe, { dependencies, read: secrets, reads });
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
  context: { dependencies: ResolveDependencies; read: Secret[]; reads: SecretReads },
): Promise<ResolvedSecrets> {
  const { dependencies, read, reads } = context;
  const resolved = new Map<string, Secret>();
  const sinkNamespace = sink.metadata.namespace ?? "";
  for (const reference of allReferences(sink, probe.references(sink))) {
    const permitted = permittedSecret(sinkNamespace, reference, dependencies.sharedSecrets);
    if (permitted instanceof FailureError) throw permitted;
    const { namespace, name } = permitted;
    const secret = await reads.start(permitted).catch((error: unknown) => {
      throw isTooLarge(error) ? tooLarge(name, reference.field, error) : error;
    });
    if (!secret) {
      throw failed(
        "SecretNotFound",
        `Secret ${name}, which ${reference.field} names, does not exist in namespace ` +
          `${namespace}. Create it with the keys that the sink's type expects.`,
      );
    }
    if (!read.includes(secret)) read.push(secret);
    resolved.set(reference.field, secret);
  }
  return resolved;
}

/** The reads of one resolution: each Secret is read once, however many fields name it. */
class SecretReads {
  readonly #started = new Map<string, Promise<Secret | undefined>>();

  constructor(
    private readonly cluster: ResolveDependencies["cluster"],
    private readonly signal: AbortSignal,
  ) {}

  start({ namespace, name }: SecretName): Promise<Secret | undefined> {
    const key = `${namespace}/${name}`;
    const started = this.#started.get(key) ?? this.cluster.getSecret(namespace, name, this.signal);
    this.#started.set(key, started);
    // The failure of a Secret that the sink does not name any more concerns no test.
    started.catch(() => undefined);
    return started;
  }
}

/**
 * The Secrets that a sink names and that may be read, to be expected by {@link resolveSink}. None for a sink with a
 * fault, which `resolveSink` reports.
 */
export function secretsOf(
  sink: Sink,
  { probeFor, sharedSecrets }: Pick<ResolveDependencies, "probeFor" | "sharedSecrets">,
): SecretName[] {
  try {
    const references = allReferences(sink, probeFor(sink.spec.type).references(sink));
    return references.flatMap((reference) => {
      const permitted = permittedSecret(sink.metadata.namespace ?? "", reference, sharedSecrets);
      return permitted instanceof FailureError ? [] : [permitted];
    });
  } catch {
    return [];
  }
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
