import type { Sink } from "../../capabilities/api/types";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import type { Secret } from "../../capabilities/domain/ports";
import { createAddressPolicy, type AddressRules } from "../../capabilities/probes/net/address-policy";
import type { ResolveHost } from "../../capabilities/probes/net/names/resolve";
import type { PlanOptions, Probe, ProbePlan } from "../../capabilities/probes/probe";
import { runProbe, type AttemptOptions } from "../../capabilities/probes/runner";
import { systemClock } from "../../capabilities/lib/clock";

/** A sink with the Secrets that it names: everything that a probe gets to see. */
export interface ProbeCase {
  readonly sink: Sink;
  /** Values by the field that names the Secret, such as `spec.postgres.databaseRef`. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The field of the one Secret with values, and its values. Throws when the case has none or several. */
export function filledSecret({
  sink,
  secrets,
}: ProbeCase): readonly [field: string, values: Readonly<Record<string, string>>] {
  const filled = Object.entries(secrets).filter(([, values]) => Object.keys(values).length > 0);
  const [first] = filled;
  if (first && filled.length === 1) return first;
  throw new Error(
    `the sink of type ${sink.spec.type} has ${filled.length} Secrets with values instead of one`,
  );
}

export interface RunOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Loopback is allowed unless a test says otherwise, because every server of the tests listens there. */
  readonly addresses?: AddressRules;
  readonly resolveHost?: ResolveHost;
  readonly plan?: PlanOptions;
  readonly logger?: AttemptOptions["logger"];
}

export const LOOPBACK_ALLOWED: AddressRules = { allow: ["127.0.0.0/8", "::1"] };

/** The case as a plan, made as the operator makes it. */
export function planOf<P extends ProbePlan>(
  probe: Probe<P>,
  { sink, secrets }: ProbeCase,
  options?: PlanOptions,
): P {
  const resolved = new Map<string, Secret>();
  for (const reference of probe.references(sink)) {
    const values = secrets[reference.field];
    if (!values) continue;
    resolved.set(reference.field, {
      namespace: reference.namespace ?? sink.metadata.namespace ?? "",
      name: reference.name,
      resourceVersion: "1",
      data: new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)])),
    });
  }
  return probe.plan(sink, resolved, options ?? { ambientCredentials: false });
}

/** One attempt of the case, through the runner and dialler that the operator uses, until all is closed. */
export async function runCase<P extends ProbePlan>(
  probe: Probe<P>,
  probeCase: ProbeCase,
  options: RunOptions = {},
): Promise<ProbeReport> {
  const { report, closed } = await runProbe(probe, planOf(probe, probeCase, options.plan), {
    timeoutMs: options.timeoutMs ?? 10_000,
    signal: options.signal ?? new AbortController().signal,
    addressPolicy: createAddressPolicy(options.addresses ?? LOOPBACK_ALLOWED),
    clock: systemClock(),
    ...(options.resolveHost ? { resolveHost: options.resolveHost } : {}),
    ...(options.logger ? { logger: options.logger } : {}),
  });
  await closed;
  return report;
}
