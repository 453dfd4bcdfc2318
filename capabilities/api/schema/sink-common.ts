import { conditions } from "./condition";
import type { JsonSchema, PrinterColumn } from "./json-schema";

/** A reference to a Secret. Every reference of every sink is this block with its own description. */
export const secretReference: JsonSchema = {
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string", description: "Name of the Secret." },
    namespace: {
      type: "string",
      description:
        "Namespace of the Secret; the sink's own when absent. A test refuses any other one unless the operator's configuration lists it.",
    },
  },
};

export const tls: JsonSchema = {
  type: "object",
  description: "How the backend's certificate is verified.",
  properties: {
    caBundle: {
      type: "string",
      description: "PEM certificates to trust instead of the system's, in base64.",
      format: "byte",
    },
    caSecretRef: {
      ...secretReference,
      description: "Secret with the certificates to trust, under tls.crt, ca.crt or ca.pem.",
    },
    insecureSkipVerify: {
      type: "boolean",
      description: "Encrypt, but accept any certificate. A test shows it as condition TLSInsecure.",
    },
  },
};

export const layout: JsonSchema = {
  type: "object",
  description: "How exported items are arranged in documents and paths.",
  properties: {
    mode: {
      type: "string",
      description: "One document for all, one per resource, or split by group.",
      enum: ["document", "perResource", "split"],
      default: "document",
    },
    content: {
      type: "string",
      description: "How much of each item is written.",
      enum: ["item", "attributes", "manifest"],
      default: "item",
    },
    pathTemplate: { type: "string", description: "Template of the path of one document." },
    filename: {
      type: "object",
      description: "How names of files are made.",
      properties: {
        groupInPath: {
          type: "string",
          description: "When the API group becomes part of the path.",
          enum: ["auto", "always", "never"],
        },
        lowercaseKind: { type: "boolean", description: "Write the kind in lower case." },
        maxSegmentLength: {
          type: "integer",
          description: "Longest path segment, in characters.",
          format: "int32",
          minimum: 1,
        },
      },
    },
    index: {
      type: "object",
      description: "An index of what was written.",
      properties: {
        enabled: { type: "boolean", description: "Whether an index is written." },
        pathTemplate: { type: "string", description: "Template of the path of the index." },
      },
    },
  },
};

export const serialization: JsonSchema = {
  type: "object",
  description: "Encoding of what is written.",
  properties: {
    format: {
      type: "string",
      description: "Format of a document.",
      enum: ["json", "yaml", "parquet", "csv", "ndjson"],
    },
    compression: {
      type: "string",
      description: "Compression of a document.",
      enum: ["none", "gzip", "snappy", "zstd"],
    },
  },
};

export const provisioning: JsonSchema = {
  type: "object",
  description: "Who creates the table, topic, bucket or branch that the sink writes to.",
  properties: {
    mode: {
      type: "string",
      description:
        "ensure: the exporter may create it. existing: it must exist. A test reads an absent mode as ensure.",
      enum: ["ensure", "existing"],
    },
    naming: {
      type: "object",
      description: "How names of created targets are made.",
      properties: { template: { type: "string", description: "Template of a name." } },
    },
  },
};

/** Fields that all three families have. */
export const sinkFields = {
  cluster: { type: "string", description: "Name of the cluster, written with every item." },
  connectionTest: {
    type: "boolean",
    description:
      "Probe when the sink's generation changes, where sink triggers are on. A KollectConnectionTest leaves a better record.",
  },
  endpoint: {
    type: "string",
    description: "Address of the backend, in the form that its type expects.",
  },
  exportMinInterval: { type: "string", description: "Shortest time between two exports." },
  layout,
  options: {
    type: "object",
    description: "Further settings of the backend, by name.",
    additionalProperties: { type: "string" },
  },
  pathTemplate: { type: "string", description: "Template of the path of one document." },
  provisioning,
  secretRef: {
    ...secretReference,
    description: "Secret with the credentials. A reference in the backend's own block wins.",
  },
  serialization,
  tls,
} as const satisfies Record<string, JsonSchema>;

export const sinkStatus: JsonSchema = {
  type: "object",
  description: "What the exporter and the connection probe observed.",
  properties: {
    conditions,
    preview: {
      type: "object",
      description: "Written by the exporter; kept unchanged.",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
};

const verified = `.status.conditions[?(@.type=="ConnectionVerified")]`;

export const sinkColumns: readonly PrinterColumn[] = [
  { name: "Type", type: "string", jsonPath: ".spec.type", description: "Backend of the sink." },
  {
    name: "Verified",
    type: "string",
    jsonPath: `${verified}.status`,
    description: "Whether the last probe of the sink's own trigger succeeded.",
  },
  {
    name: "Reason",
    type: "string",
    jsonPath: `${verified}.reason`,
    description: "Why the last probe ended as it did.",
    priority: 1,
  },
  {
    name: "Age",
    type: "date",
    jsonPath: ".metadata.creationTimestamp",
    description: "Time since the sink was created.",
  },
];
