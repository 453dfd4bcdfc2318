import { condition } from "./condition";
import { connectionTest, connectionTestSpec, sinkRef } from "./connection-test";
import {
  connectionTestStatus,
  probeDetails,
  probedSink,
  probePhase,
  probeTls,
  exporterLimitation,
  unprovenNeed,
} from "./connection-test-status";
import { bigquery, databaseSink, mongodb, postgres } from "./database-sink";
import { eventSink, kafka, nats } from "./event-sink";
import type { JsonSchema, KindDefinition } from "./json-schema";
import { layout, provisioning, secretReference, serialization, sinkStatus, tls } from "./sink-common";
import { git, gitlab, objectStore, snapshotSink } from "./snapshot-sink";

export type { JsonSchema, KindDefinition, PrinterColumn } from "./json-schema";

export const SINK_DEFINITIONS: readonly KindDefinition[] = [snapshotSink, databaseSink, eventSink];
export const KIND_DEFINITIONS: readonly KindDefinition[] = [connectionTest, ...SINK_DEFINITIONS];

/** Names of the TypeScript interfaces that are made of shared or notable blocks. */
export const TYPE_NAMES: ReadonlyMap<string, JsonSchema> = new Map([
  ["Condition", condition],
  ["SecretRef", secretReference],
  ["SinkTls", tls],
  ["SinkLayout", layout],
  ["SinkSerialization", serialization],
  ["SinkProvisioning", provisioning],
  ["SinkStatus", sinkStatus],
  ["GitSettings", git],
  ["GitlabSettings", gitlab],
  ["ObjectStoreSettings", objectStore],
  ["PostgresSettings", postgres],
  ["MongodbSettings", mongodb],
  ["BigquerySettings", bigquery],
  ["KafkaSettings", kafka],
  ["NatsSettings", nats],
  ["SinkReference", sinkRef],
  ["ConnectionTestSpec", connectionTestSpec],
  ["ConnectionTestStatus", connectionTestStatus],
  ["ProbedSink", probedSink],
  ["ProbeDetails", probeDetails],
  ["ProbePhase", probePhase],
  ["ProbeTls", probeTls],
  ["UnprovenNeed", unprovenNeed],
  ["ExporterLimitation", exporterLimitation],
  ...SINK_DEFINITIONS.map(({ kind, spec }): [string, JsonSchema] => [`${kind}Spec`, spec]),
]);
