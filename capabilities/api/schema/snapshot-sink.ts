import { SINK_FAMILIES } from "../vocabulary";
import type { JsonSchema, KindDefinition } from "./json-schema";
import { secretReference, sinkColumns, sinkFields, sinkStatus } from "./sink-common";

const git: JsonSchema = {
  type: "object",
  description: "Settings of the types git and gitlab.",
  properties: {
    auth: {
      type: "object",
      description: "Credentials that win over spec.secretRef.",
      properties: {
        type: { type: "string", description: "Kind of credentials.", enum: ["token", "ssh"] },
        secretRef: { ...secretReference, description: "Secret with the credentials." },
      },
    },
    author: {
      type: "object",
      description: "Author of the commits.",
      properties: {
        name: { type: "string", description: "Name of the author." },
        email: { type: "string", description: "Mail address of the author." },
      },
    },
    branch: {
      type: "string",
      description: "Branch to write to; wins over #branch= in the endpoint.",
    },
    cloneDepth: {
      type: "integer",
      description: "How many commits a clone fetches.",
      format: "int32",
      minimum: 1,
    },
    commitMessage: { type: "string", description: "Template of the subject of a commit." },
    commitBody: { type: "string", description: "Template of the body of a commit." },
    commitTrailers: {
      type: "array",
      description: "Trailers added to each commit.",
      items: { type: "string" },
    },
    engine: {
      type: "string",
      description: "Git implementation that the exporter uses.",
      enum: ["go-git", "cli"],
    },
    forceBasicAuth: {
      type: "boolean",
      description: "Send credentials with the first request instead of after a challenge.",
    },
    prune: { type: "boolean", description: "Remove files of deleted items." },
    pushPolicy: {
      type: "string",
      description: "Add commits, or overwrite the branch.",
      enum: ["Commit", "ForcePush"],
    },
  },
};

const gitlab: JsonSchema = {
  type: "object",
  description: "Settings of the type gitlab.",
  properties: {
    mergeRequest: {
      type: "object",
      description: "Writing through merge requests.",
      properties: {
        mode: {
          type: "string",
          description: "Push to the branch, or open a merge request.",
          enum: ["direct", "merge_request"],
        },
        targetBranch: { type: "string", description: "Branch that a merge request targets." },
        branchPrefix: { type: "string", description: "Prefix of the source branches." },
        titleTemplate: { type: "string", description: "Template of the title." },
        autoMerge: { type: "boolean", description: "Merge when the pipeline succeeds." },
      },
    },
  },
};

const objectStore: JsonSchema = {
  type: "object",
  description: "Settings of the types s3 and gcs.",
  properties: {
    format: { type: "string", description: "Format of an object.", enum: ["json", "parquet"] },
    hotAttributes: {
      type: "array",
      description: "Attributes that become separate columns.",
      items: { type: "string" },
      "x-kubernetes-list-type": "atomic",
    },
  },
};

export const snapshotSink: KindDefinition = {
  kind: "KollectSnapshotSink",
  plural: SINK_FAMILIES.KollectSnapshotSink.plural,
  shortName: "ksnap",
  description: "A place for snapshots: a Git repository or an object store.",
  columns: sinkColumns,
  status: sinkStatus,
  spec: {
    type: "object",
    description: "Where and how snapshots are written.",
    required: ["type"],
    properties: {
      type: {
        type: "string",
        description: "Backend of the sink.",
        enum: SINK_FAMILIES.KollectSnapshotSink.types,
      },
      ...sinkFields,
      deletionPolicy: {
        type: "string",
        description:
          "What happens to exported data when its inventory is deleted. Kollect 0.18 does not read it.",
        enum: ["Retain", "Delete"],
        default: "Retain",
      },
      git,
      gitlab,
      http: {
        type: "object",
        description: "Settings of writes over HTTP.",
        properties: { method: { type: "string", description: "HTTP method of a write." } },
      },
      objectStore,
    },
  },
};
