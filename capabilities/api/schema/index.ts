import { condition } from "./condition";
import { connectionTest, connectionTestSpec, sinkRef } from "./connection-test";
import {
  connectionTestStatus,
  probeDetails,
  probedSecret,
  probedSink,
  probePhase,
  probeTls,
  exporterLimitation,
  unprovenNeed,
} from "./connection-test-status";
import { databaseSink } from "./database-sink";
import { eventSink } from "./event-sink";
import type { JsonSchema, KindDefinition } from "./json-schema";
import {
  layout,
  provisioning,
  secretReference,
  serialization,
  sinkFields,
  sinkStatus,
  tls,
} from "./sink-common";
import { snapshotSink } from "./snapshot-sink";

export type { JsonSchema, KindDefinition, PrinterColumn } from "./json-schema";

export const SINK_DEFINITIONS: readonly KindDefinition[] = [snapshotSink, databaseSink, eventSink];
export const KIND_DEFINITIONS: readonly KindDefinition[] = [connectionTest, ...SINK_DEFINITIONS];

/** Names of the TypeScript interfaces that are generated from shared or notable blocks. */
export const TYPE_NAMES: ReadonlyMap<string, JsonSchema> = new Map([
  ["Condition", condition],
  ["SecretRef", secretReference],
  ["SinkTls", tls],
  ["SinkLayout", layout],
  ["SinkSerialization", serialization],
  ["SinkProvisioning", provisioning],
  ["SinkStatus", sinkStatus],
  ...SINK_DEFINITIONS.flatMap(settingsOf),
  ["SinkReference", sinkRef],
  ["ConnectionTestSpec", connectionTestSpec],
  ["ConnectionTestStatus", connectionTestStatus],
  ["ProbedSink", probedSink],
  ["ProbedSecret", probedSecret],
  ["ProbeDetails", probeDetails],
  ["ProbePhase", probePhase],
  ["ProbeTls", probeTls],
  ["UnprovenNeed", unprovenNeed],
  ["ExporterLimitation", exporterLimitation],
  ...SINK_DEFINITIONS.map(({ kind, spec }): [string, JsonSchema] => [`${kind}Spec`, spec]),
]);

/** A kind's own blocks, one for each backend or family of backends: `spec.kafka` becomes `KafkaSettings`. */
function settingsOf({ spec }: KindDefinition): [string, JsonSchema][] {
  return Object.entries(spec.properties ?? {})
    .filter(([name, { type }]) => type === "object" && !Object.hasOwn(sinkFields, name))
    .map(([name, schema]) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}Settings`, schema]);
}
