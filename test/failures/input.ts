import { setTimeout as sleep } from "node:timers/promises";
import type { Sink } from "../../capabilities/api/types";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import type { DialTarget } from "../../capabilities/probes/net/dialler";
import { filledSecret, type ProbeCase } from "../../lab/backends/run-case";
import type { TruthCase } from "../../lab/truth/row";
import type { ProbeFixture } from "../contract/fixture";

/** A sink that fails, and what was started for it. */
export interface Given {
  readonly probeCase: ProbeCase;
  readonly timeoutMs?: number;
  readonly stop?: () => Promise<unknown>;
}

/** Makes a sink that fails, from the fixtures of the type's contract, by the name that they have there. */
export type Input = (fixture: ProbeFixture, all: Readonly<Record<string, ProbeFixture>>) => MaybeGiven;
type MaybeGiven = ProbeCase | Given | Promise<ProbeCase | Given>;
export type Inputs = Readonly<Record<string, Input>>;

/** The good case's credentials without verified TLS, aimed at another address. */
export function aimed({ lab, good }: ProbeFixture, target: DialTarget): ProbeCase {
  const [, values] = filledSecret(good());
  return lab.at(target, values);
}

/** A sink aimed at a server that is started for it. */
export async function against(
  fixture: ProbeFixture,
  starting: Promise<DialTarget & { close(): Promise<unknown> }>,
  timeoutMs?: number,
): Promise<Given> {
  const server = await starting;
  const stop = (): Promise<unknown> => server.close();
  return { probeCase: aimed(fixture, server), stop, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

/** The case with these changes of its spec; undefined takes a field out. */
export function withSpec({ sink, secrets }: ProbeCase, change: object): ProbeCase {
  return { sink: { ...sink, spec: merged(sink.spec, change) } as Sink, secrets };
}

function merged(old: unknown, change: unknown): unknown {
  if (typeof change !== "object" || change === null || Array.isArray(change)) return change;
  const kept = typeof old === "object" && old !== null ? (old as Record<string, unknown>) : {};
  const changed = Object.entries(change).map(([key, value]) => [key, merged(kept[key], value)] as const);
  return Object.fromEntries(
    Object.entries({ ...kept, ...Object.fromEntries(changed) }).filter(([, value]) => value !== undefined),
  );
}

/** The case with exactly these values in its Secret. */
export function withSecret(probeCase: ProbeCase, values: Readonly<Record<string, string>>): ProbeCase {
  const [field] = filledSecret(probeCase);
  return { ...probeCase, secrets: { ...probeCase.secrets, [field]: values } };
}

/** The case with these changes in the field that refers to its Secret. */
export function withReference(probeCase: ProbeCase, reference: object): ProbeCase {
  const [field] = filledSecret(probeCase);
  const change = field
    .split(".")
    .slice(1)
    .reduceRight<object>((inner, key) => ({ [key]: inner }), reference);
  return withSpec(probeCase, change);
}

/** The case as it stands in a namespace, with its Secrets by their names. */
export function inNamespace({ sink, secrets }: ProbeCase): TruthCase {
  const probe: Probe = PROBES[sink.spec.type as keyof typeof PROBES];
  const names = new Map(referencesOf(probe, sink).map(({ field, name }) => [field, name]));
  const named = Object.entries(secrets).map(([field, values]) => [names.get(field) ?? field, values]);
  return { sink, secrets: Object.fromEntries(named) as TruthCase["secrets"] };
}

function referencesOf(probe: Probe, sink: Sink): ReadonlyArray<{ field: string; name: string }> {
  const tls = sink.spec.tls?.caSecretRef;
  return [...probe.references(sink), ...(tls ? [{ field: "spec.tls.caSecretRef", name: tls.name }] : [])];
}

/** Waits until the condition holds, at most 20 s. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error("the condition did not become true within 20 s");
    await sleep(5);
  }
}
