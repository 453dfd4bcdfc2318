import { SINK_KINDS, SINK_FAMILIES, SPEC_BOUNDS, SPEC_DEFAULTS, TEST_KIND, TEST_PLURAL } from "../vocabulary";
import { connectionTestStatus } from "./connection-test-status";
import type { JsonSchema, KindDefinition, PrinterColumn } from "./json-schema";

/** A DNS-1123 subdomain, which the API server requires for most names. */
export const DNS_1123_SUBDOMAIN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

function sinkName(kind: string): JsonSchema {
  return {
    type: "string",
    description: `Name of a ${kind} in the test's namespace.`,
    pattern: DNS_1123_SUBDOMAIN,
    minLength: 1,
    maxLength: 253,
  };
}

const refFields = SINK_KINDS.map((kind) => SINK_FAMILIES[kind].refField);
const oneOf = `exactly one of ${refFields.join(", ")} must be set`;
const present = refFields.map((field) => `has(self.${field})`);

/**
 * CEL expression for the names that are set, separated by commas. It concatenates, because the API server rejects a
 * list's join(): its estimated cost exceeds the budget whatever the list contains.
 */
const namesSet = refFields
  .map((field, index) => {
    const before = present.slice(0, index).join(" || ");
    const word = index === 0 ? `"${field}"` : `(${before} ? ", ${field}" : "${field}")`;
    return `(${present[index]} ? ${word} : "")`;
  })
  .join(" + ");

export const sinkRef: JsonSchema = {
  type: "object",
  description: "The sink to probe, in the test's own namespace: exactly one of the three names.",
  properties: {
    snapshotSinkRef: sinkName("KollectSnapshotSink"),
    databaseSinkRef: sinkName("KollectDatabaseSink"),
    eventSinkRef: sinkName("KollectEventSink"),
  },
  "x-kubernetes-validations": [
    {
      rule: `[${present.join(", ")}].exists_one(x, x)`,
      message: oneOf,
      messageExpression: `"${oneOf}, but " + (${present.join(" || ")} ? "these are: " + ${namesSet} : "none is")`,
    },
  ],
};

export const connectionTestSpec: JsonSchema = {
  type: "object",
  description: "What to probe, and how. Any change requests a new run.",
  required: ["sinkRef"],
  properties: {
    sinkRef,
    profileRef: {
      type: "string",
      description: "Reserved for composite probes: accepted with a warning, has no effect.",
    },
    ownerSink: {
      type: "boolean",
      description: "Make the sink an owner of the test, so that deleting the sink deletes the test.",
      default: SPEC_DEFAULTS.ownerSink,
    },
    ttlSecondsAfterFinished: {
      type: "integer",
      description:
        "Seconds from status.completedAt to the deletion of the test; 0 deletes after the verdict.",
      format: "int32",
      default: SPEC_DEFAULTS.ttlSecondsAfterFinished,
      ...SPEC_BOUNDS.ttlSecondsAfterFinished,
    },
    timeoutSeconds: {
      type: "integer",
      description:
        "Seconds that one attempt may take, all phases together. The operator's maximum also holds.",
      format: "int32",
      default: SPEC_DEFAULTS.timeoutSeconds,
      ...SPEC_BOUNDS.timeoutSeconds,
    },
    retryLimit: {
      type: "integer",
      description: "Further attempts after a transient failure.",
      format: "int32",
      default: SPEC_DEFAULTS.retryLimit,
      ...SPEC_BOUNDS.retryLimit,
    },
    requestedAt: {
      type: "string",
      description:
        "Any new value requests one more run; the annotation kollect.dev/requested-at is copied here.",
    },
  },
};

const verified = `.status.conditions[?(@.type=="ConnectionVerified")]`;

const columns: readonly PrinterColumn[] = [
  {
    name: "Sink",
    type: "string",
    // The API server accepts one path per column, and only one member can be set.
    jsonPath: ".spec.sinkRef.*",
    description: "Name of the sink.",
  },
  { name: "Type", type: "string", jsonPath: ".status.sink.type", description: "Backend of the sink." },
  {
    name: "Verified",
    type: "string",
    jsonPath: `${verified}.status`,
    description: "Whether the probe succeeded.",
  },
  {
    name: "Cause",
    type: "string",
    jsonPath: ".status.probe.cause",
    description: "Why the probe failed.",
  },
  {
    name: "Latency",
    type: "integer",
    jsonPath: ".status.latencyMs",
    description: "Duration of the last attempt in milliseconds.",
  },
  {
    name: "Age",
    type: "date",
    jsonPath: ".metadata.creationTimestamp",
    description: "Time since the test was created.",
  },
  {
    name: "Reason",
    type: "string",
    jsonPath: `${verified}.reason`,
    description: "Why, in one word.",
    priority: 1,
  },
  {
    name: "Changed",
    type: "string",
    jsonPath: `.status.conditions[?(@.type=="SinkChanged")].reason`,
    description: "What changed since the probe; empty when nothing did.",
    priority: 1,
  },
  {
    name: "Unproven",
    type: "integer",
    jsonPath: ".status.probe.unprovenCount",
    description: "How many needs of the exporter the probe could not prove.",
    priority: 1,
  },
  {
    name: "Endpoint",
    type: "string",
    jsonPath: ".status.probe.endpoint",
    description: "What was dialled.",
    priority: 1,
  },
  {
    name: "Completed",
    type: "date",
    jsonPath: ".status.completedAt",
    description: "Time since the probe finished.",
    priority: 1,
  },
  {
    name: "Message",
    type: "string",
    jsonPath: `${verified}.message`,
    description: "What happened, as a sentence.",
    priority: 1,
  },
];

export const connectionTest: KindDefinition = {
  kind: TEST_KIND,
  plural: TEST_PLURAL,
  shortName: "kconntest",
  description: "A one-shot, audited probe of the connection to a sink.",
  columns,
  spec: connectionTestSpec,
  status: connectionTestStatus,
};
