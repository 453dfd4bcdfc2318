import fc from "fast-check";
import type { Sink } from "../../capabilities/api/types";
import type { SinkType } from "../../capabilities/api/vocabulary";
import type { Secret } from "../../capabilities/domain/ports";
import type { PlanOptions, Probe, ProbePlan } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import type { ProbeCase } from "../../lab/backends/run-case";
import type { Fault } from "../../lab/faults";
import { TEST_BACKENDS } from "../fixtures/backends";
import type { BlockParts } from "../fixtures/backends/backend";

/** Keys of the Secret of an authority. */
const CA_KEYS = ["tls.crt", "ca.crt", "ca.pem"];

/** Values of a Secret: some of the keys that the type reads, each hostile from its start or behind a good one. */
export function hostileValues(type: SinkType, text: fc.Arbitrary<string>): fc.Arbitrary<Map<string, Buffer>> {
  const { keys, prefixes } = TEST_BACKENDS[type].sink;
  const key = fc.constantFrom(...keys, ...CA_KEYS);
  const value = fc.tuple(fc.constantFrom("", ...prefixes), text, fc.constantFrom("", "@db.shop/x", "\n"));
  const bytes = fc.oneof(
    { weight: 9, arbitrary: value.map((parts) => Buffer.from(parts.join(""))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)) },
  );
  return fc.array(fc.tuple(key, bytes), { minLength: 1, maxLength: 6 }).map((entries) => new Map(entries));
}

/** Sinks of a type whose fields are hostile as far as a schema of another installer would let them. */
export function hostileSink(type: SinkType, text: fc.Arbitrary<string>): fc.Arbitrary<Sink> {
  const good = fc.constantFrom("inventory", "public", "main");
  const field = fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: text });
  const address = fc.oneof(fc.constantFrom(...TEST_BACKENDS[type].sink.addresses), text);
  const bundle = fc.option(
    text.map((value) => Buffer.from(value).toString("base64")),
    { nil: undefined, freq: 8 },
  );
  const parts = { target: field, container: field, place: field, address };
  return fc
    .record({ ...parts, caBundle: bundle, withCa: fc.boolean() })
    .map(({ caBundle, withCa, ...rest }) => {
      const tls = { caBundle, ...(withCa ? { caSecretRef: { name: "ca" } } : {}) };
      return sinkOf(type, { ...rest, reference: KEYS }, caBundle === undefined && !withCa ? undefined : tls);
    });
}

const KEYS = { name: "keys" };

/** A sink of the type that is good but for what its address says. */
export function sinkAt(type: SinkType, address: string): Sink {
  return sinkOf(type, { target: "inventory", container: "public", place: "eu", address, reference: KEYS });
}

/** A sink of the type at this address with as few fields as it takes; without a Secret unless one is named. */
export function plainSink(type: SinkType, address: string, reference?: BlockParts["reference"]): Sink {
  return sinkOf(type, { target: "orders", address, ...(reference ? { reference } : {}) });
}

function sinkOf(type: SinkType, parts: BlockParts, tls?: object): Sink {
  const { kind, sink } = TEST_BACKENDS[type];
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind,
    metadata: { name: "sink", namespace: "shop", uid: "u", resourceVersion: "1", generation: 1 },
    spec: {
      type,
      endpoint: parts.address,
      ...sink.block(parts),
      ...(tls ? { tls } : {}),
    },
  } as unknown as Sink;
}

/** The same values for every Secret that the sink names, by the field that names it. */
export function secretsOf(
  type: SinkType,
  sink: Sink,
  values: Readonly<Record<string, string>>,
): ProbeCase["secrets"] {
  return Object.fromEntries(PROBES[type].references(sink).map(({ field }) => [field, values]));
}

/** A sink of the type at this server, with a password where it takes one. */
export function caseAt(type: SinkType, { host, port }: Pick<Fault, "host" | "port">): ProbeCase {
  const { server } = TEST_BACKENDS[type];
  const at = `${host}:${port}`;
  // Longer than the time that other tests of hostile servers give MongoDB.
  const values = Object.fromEntries(
    Object.entries(server.credentials(at, "hunter22")).map(([key, value]) => [
      key,
      value.replace("serverSelectionTimeoutMS=300", "serverSelectionTimeoutMS=8000"),
    ]),
  );
  const hasSecret = Object.keys(values).length > 0;
  const sink = plainSink(type, server.address(at), hasSecret ? { name: "keys" } : undefined);
  return { sink, secrets: secretsOf(type, sink, values) };
}

/** The options with which the cloud's services are at this server. */
export function planAt(type: SinkType, { host, port }: Pick<Fault, "host" | "port">): PlanOptions {
  const cloud = TEST_BACKENDS[type].server.cloud?.(`${host}:${port}`);
  return { ambientCredentials: false, ...(cloud ? { cloud } : {}) };
}

/** The plan as the operator makes it, with the same values in every Secret that the sink names. */
export function planned(probe: Probe, sink: Sink, data: ReadonlyMap<string, Buffer>): ProbePlan {
  const secrets = new Map(
    probe.references(sink).map(({ field, name }): [string, Secret] => {
      return [field, { namespace: "shop", name, resourceVersion: "1", data }];
    }),
  );
  return probe.plan(sink, secrets, { ambientCredentials: false });
}
