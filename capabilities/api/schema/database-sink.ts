import { SINK_FAMILIES } from "../vocabulary";
import type { JsonSchema, KindDefinition } from "./json-schema";
import { secretReference, sinkColumns, sinkFields, sinkStatus } from "./sink-common";

const postgres: JsonSchema = {
  type: "object",
  description: "Settings of the type postgres.",
  required: ["databaseRef", "table"],
  properties: {
    databaseRef: {
      ...secretReference,
      description: "Secret with the DSN, under dsn, url, connectionString or DATABASE_URL.",
    },
    schema: { type: "string", description: "Schema of the table." },
    table: { type: "string", description: "Table to write to." },
  },
};

const mongodb: JsonSchema = {
  type: "object",
  description: "Settings of the type mongodb.",
  required: ["databaseRef", "database", "collection"],
  properties: {
    databaseRef: {
      ...secretReference,
      description: "Secret with the URI, under uri, url, connectionString or MONGODB_URI.",
    },
    database: { type: "string", description: "Database of the collection." },
    collection: { type: "string", description: "Collection to write to." },
  },
};

const bigquery: JsonSchema = {
  type: "object",
  description: "Settings of the type bigquery.",
  required: ["project", "dataset", "table"],
  properties: {
    project: { type: "string", description: "Google Cloud project." },
    dataset: { type: "string", description: "Dataset of the table." },
    table: { type: "string", description: "Table to write to." },
    location: { type: "string", description: "Location of the dataset." },
    secretRef: {
      ...secretReference,
      description: "Secret with the service account key, under credentials.json.",
    },
  },
};

export const databaseSink: KindDefinition = {
  kind: "KollectDatabaseSink",
  plural: SINK_FAMILIES.KollectDatabaseSink.plural,
  shortName: "kdb",
  description: "A place for rows or documents: a database.",
  columns: sinkColumns,
  status: sinkStatus,
  spec: {
    type: "object",
    description: "Where and how rows are written.",
    required: ["type"],
    properties: {
      type: {
        type: "string",
        description: "Backend of the sink.",
        enum: SINK_FAMILIES.KollectDatabaseSink.types,
      },
      ...sinkFields,
      bigquery,
      mongodb,
      postgres,
    },
  },
};
