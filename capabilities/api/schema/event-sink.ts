import { SINK_FAMILIES } from "../vocabulary";
import type { JsonSchema, KindDefinition } from "./json-schema";
import { secretReference, sinkColumns, sinkFields, sinkStatus } from "./sink-common";

const kafka: JsonSchema = {
  type: "object",
  description: "Settings of the type kafka.",
  required: ["brokers", "topic"],
  properties: {
    brokers: {
      type: "array",
      description: "Bootstrap brokers as host:port. A test tries every one.",
      items: { type: "string" },
      "x-kubernetes-list-type": "atomic",
    },
    topic: { type: "string", description: "Topic to write to." },
    secretRef: {
      ...secretReference,
      description: "Secret with the credentials; wins over spec.secretRef.",
    },
  },
};

const nats: JsonSchema = {
  type: "object",
  description: "Settings of the type nats.",
  required: ["subject"],
  properties: {
    url: { type: "string", description: "Server to connect to; spec.endpoint when absent." },
    subject: { type: "string", description: "Subject to publish to." },
    stream: { type: "string", description: "JetStream stream that keeps the messages." },
    secretRef: {
      ...secretReference,
      description: "Secret with the credentials; wins over spec.secretRef.",
    },
  },
};

export const eventSink: KindDefinition = {
  kind: "KollectEventSink",
  plural: SINK_FAMILIES.KollectEventSink.plural,
  shortName: "kevt",
  description: "A place for events: a message broker.",
  columns: sinkColumns,
  status: sinkStatus,
  spec: {
    type: "object",
    description: "Where and how events are written.",
    required: ["type"],
    properties: {
      type: {
        type: "string",
        description: "Backend of the sink.",
        enum: SINK_FAMILIES.KollectEventSink.types,
      },
      ...sinkFields,
      kafka,
      nats,
    },
  },
};
