import type { ExporterLimitation, ProbePhase, Sink, UnprovenNeed } from "../../capabilities/api/types";
import type { SinkKind } from "../../capabilities/api/vocabulary";
import type { ExporterSettings } from "../../capabilities/domain/exporter/settings";
import type { Secret } from "../../capabilities/domain/ports";
import { systemClock } from "../../capabilities/lib/clock";
import { createAddressPolicy } from "../../capabilities/probes/net/address-policy";
import type { ResolveHost } from "../../capabilities/probes/net/names/resolve";
import type { PlanOptions } from "../../capabilities/probes/probe";
import { probeFor } from "../../capabilities/probes/registry";
import { runProbe } from "../../capabilities/probes/runner";
import { resolveSink } from "../../capabilities/resolve/resolve-sink";
import { probeWithRetries, type RunOutcome } from "../../capabilities/scheduler/probe-run";
import { Slots } from "../../capabilities/scheduler/slots";
import { LOOPBACK_ALLOWED } from "../backends/run-case";
import type { TruthCase } from "./row";

/** What a test of the sink would say. */
export interface TruthVerdict {
  readonly verified: boolean;
  readonly cause?: string;
  readonly message: string;
  readonly phases: readonly ProbePhase[];
  readonly unproven: readonly UnprovenNeed[];
  readonly limitations: readonly ExporterLimitation[];
}

export interface VerdictOptions {
  readonly exporter: ExporterSettings;
  readonly timeoutMs?: number;
  readonly cloud?: PlanOptions["cloud"];
  readonly s3WriteCheck?: boolean;
  /** Where names are, for sinks whose host must not be dialled by a test. */
  readonly resolveHost?: ResolveHost;
}

const SLOTS = { global: 1, perEndpoint: 1, perNamespace: 1 };

/** The verdict on a case: one run of the scheduler, resolver, probe and dialler that the operator uses. */
export async function verdictOf(truthCase: TruthCase, options: VerdictOptions): Promise<TruthVerdict> {
  const { sink } = truthCase;
  const { namespace = "", name = "" } = sink.metadata;
  const { exporter, timeoutMs = 10_000, cloud, s3WriteCheck, resolveHost } = options;
  const planOptions: PlanOptions = {
    ambientCredentials: false,
    exporter,
    ...(cloud ? { cloud } : {}),
    ...(s3WriteCheck === undefined ? {} : { s3WriteCheck }),
  };
  const signal = new AbortController().signal;
  const { outcome, closed } = await probeWithRetries(
    {
      target: { kind: sink.kind as SinkKind, namespace, name },
      timeoutSeconds: timeoutMs / 1000,
      retryLimit: 0,
    },
    {
      clock: systemClock(),
      log: { error: () => undefined },
      slots: new Slots(SLOTS),
      dialled: (endpoint) => endpoint,
      sinks: { onChange: () => () => undefined },
      graceMs: 0,
      exporter,
      resolve: (target) =>
        resolveSink(
          target,
          { cluster: clusterOf(truthCase), probeFor, sharedSecrets: [], planOptions },
          signal,
        ),
      attempt: (probe, plan, attempt) =>
        runProbe(probe, plan, {
          ...attempt,
          addressPolicy: createAddressPolicy(LOOPBACK_ALLOWED),
          clock: systemClock(),
          ...(resolveHost ? { resolveHost } : {}),
        }),
    },
    () => undefined,
    signal,
  );
  await closed;
  return verdictFrom(outcome);
}

function verdictFrom({ failure, report, limitations = [] }: RunOutcome): TruthVerdict {
  return {
    verified: failure === undefined,
    ...(failure?.cause ? { cause: failure.cause } : {}),
    message: failure?.message ?? "",
    phases: report?.phases ?? [],
    unproven: report?.unproven ?? [],
    limitations,
  };
}

/** A namespace that holds the case and nothing else. */
function clusterOf({ sink, secrets }: TruthCase): Parameters<typeof resolveSink>[1]["cluster"] {
  const secretOf = (namespace: string, name: string): Secret | undefined => {
    const values = secrets[name];
    if (!values) return undefined;
    const data = new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value as string)]));
    return { namespace, name, resourceVersion: "1", data };
  };
  return {
    getSink: (): Promise<Sink> => Promise.resolve(sink),
    getSecret: (namespace, name) => Promise.resolve(secretOf(namespace, name)),
  };
}
