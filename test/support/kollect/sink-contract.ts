import type { SinkKind } from "../../../capabilities/api/vocabulary";

/**
 * Fields of the sinks as the Kollect ecosystem uses them, one a line: path, type, then what holds for it.
 * Written down apart from the schemas, so that a slip in either shows.
 */
const COMMON = `
spec: object; required
spec.cluster: string
spec.connectionTest: boolean
spec.endpoint: string
spec.exportMinInterval: string
spec.layout: object
spec.layout.content: string; enum item|attributes|manifest; default item
spec.layout.filename: object
spec.layout.filename.groupInPath: string; enum auto|always|never
spec.layout.filename.lowercaseKind: boolean
spec.layout.filename.maxSegmentLength: integer; format int32; minimum 1
spec.layout.index: object
spec.layout.index.enabled: boolean
spec.layout.index.pathTemplate: string
spec.layout.mode: string; enum document|perResource|split; default document
spec.layout.pathTemplate: string
spec.options: object; map of string
spec.pathTemplate: string
spec.provisioning: object
spec.provisioning.mode: string; enum ensure|existing
spec.provisioning.naming: object
spec.provisioning.naming.template: string
spec.secretRef: object
spec.secretRef.name: string; required
spec.secretRef.namespace: string
spec.serialization: object
spec.serialization.compression: string; enum none|gzip|snappy|zstd
spec.serialization.format: string; enum json|yaml|parquet|csv|ndjson
spec.tls: object
spec.tls.caBundle: string; format byte
spec.tls.caSecretRef: object
spec.tls.caSecretRef.name: string; required
spec.tls.caSecretRef.namespace: string
spec.tls.insecureSkipVerify: boolean
status: object
status.conditions: array; listType map by type; of object
status.conditions[]: object
status.conditions[].lastTransitionTime: string; required; format date-time
status.conditions[].message: string; required; maxLength 32768
status.conditions[].observedGeneration: integer; format int64; minimum 0
status.conditions[].reason: string; required; minLength 1; maxLength 1024
status.conditions[].status: string; required; enum True|False|Unknown
status.conditions[].type: string; required; maxLength 316
status.preview: object
`;

const OWN: Readonly<Record<SinkKind, string>> = {
  KollectSnapshotSink: `
spec.git: object
spec.git.auth: object
spec.git.auth.secretRef: object
spec.git.auth.secretRef.name: string; required
spec.git.auth.secretRef.namespace: string
spec.git.auth.type: string; enum token|ssh
spec.git.author: object
spec.git.author.email: string
spec.git.author.name: string
spec.git.branch: string
spec.git.cloneDepth: integer; format int32; minimum 1
spec.git.commitBody: string
spec.git.commitMessage: string
spec.git.commitTrailers: array; of string
spec.git.engine: string; enum go-git|cli
spec.git.forceBasicAuth: boolean
spec.git.prune: boolean
spec.git.pushPolicy: string; enum Commit|ForcePush
spec.gitlab: object
spec.gitlab.mergeRequest: object
spec.gitlab.mergeRequest.autoMerge: boolean
spec.gitlab.mergeRequest.branchPrefix: string
spec.gitlab.mergeRequest.mode: string; enum direct|merge_request
spec.gitlab.mergeRequest.targetBranch: string
spec.gitlab.mergeRequest.titleTemplate: string
spec.http: object
spec.http.method: string
spec.objectStore: object
spec.objectStore.format: string; enum json|parquet
spec.objectStore.hotAttributes: array; listType atomic; of string
spec.type: string; required; enum git|gitlab|s3|gcs
`,
  KollectDatabaseSink: `
spec.bigquery: object
spec.bigquery.dataset: string; required
spec.bigquery.location: string
spec.bigquery.project: string; required
spec.bigquery.secretRef: object
spec.bigquery.secretRef.name: string; required
spec.bigquery.secretRef.namespace: string
spec.bigquery.table: string; required
spec.mongodb: object
spec.mongodb.collection: string; required
spec.mongodb.database: string; required
spec.mongodb.databaseRef: object; required
spec.mongodb.databaseRef.name: string; required
spec.mongodb.databaseRef.namespace: string
spec.postgres: object
spec.postgres.databaseRef: object; required
spec.postgres.databaseRef.name: string; required
spec.postgres.databaseRef.namespace: string
spec.postgres.schema: string
spec.postgres.table: string; required
spec.type: string; required; enum postgres|bigquery|mongodb
`,
  KollectEventSink: `
spec.kafka: object
spec.kafka.brokers: array; required; listType atomic; of string
spec.kafka.secretRef: object
spec.kafka.secretRef.name: string; required
spec.kafka.secretRef.namespace: string
spec.kafka.topic: string; required
spec.nats: object
spec.nats.secretRef: object
spec.nats.secretRef.name: string; required
spec.nats.secretRef.namespace: string
spec.nats.stream: string
spec.nats.subject: string; required
spec.nats.url: string
spec.type: string; required; enum nats|kafka
`,
};

/** The contract's lines of one kind, sorted. */
export function contractOf(kind: SinkKind): string[] {
  return `${COMMON}${OWN[kind]}`
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}
