// Generated from capabilities/api/schema by `npm run generate`. Do not edit.
import type { ObjectMeta } from "./object-meta";

export type { ObjectMeta, OwnerReference } from "./object-meta";

/** One aspect of the object's state, as a standard Kubernetes condition. */
export interface Condition {
  /** Name of the condition. */
  type: string;
  /** Whether the condition holds. */
  status: "True" | "False" | "Unknown";
  /** Why, as one CamelCase word for programs. */
  reason: string;
  /** Why, as a sentence for people. */
  message: string;
  /** When status last changed from one value to another. */
  lastTransitionTime: string;
  /** metadata.generation that this condition refers to. */
  observedGeneration?: number;
}

export interface SecretRef {
  /** Name of the Secret. */
  name: string;
  /**
   * Namespace of the Secret; the sink's own when absent. A test refuses any other one unless the
   * operator's configuration lists it.
   */
  namespace?: string;
}

/** How the backend's certificate is verified. */
export interface SinkTls {
  /** PEM certificates to trust instead of the system's, in base64. */
  caBundle?: string;
  /** Secret with the certificates to trust, under tls.crt, ca.crt or ca.pem. */
  caSecretRef?: SecretRef;
  /** Encrypt, but accept any certificate. A test shows it as condition TLSInsecure. */
  insecureSkipVerify?: boolean;
}

/** How exported items are arranged in documents and paths. */
export interface SinkLayout {
  /** One document for all, one per resource, or split by group. */
  mode?: "document" | "perResource" | "split";
  /** How much of each item is written. */
  content?: "item" | "attributes" | "manifest";
  /** Template of the path of one document. */
  pathTemplate?: string;
  /** How names of files are made. */
  filename?: {
    /** When the API group becomes part of the path. */
    groupInPath?: "auto" | "always" | "never";
    /** Write the kind in lower case. */
    lowercaseKind?: boolean;
    /** Longest path segment, in characters. */
    maxSegmentLength?: number;
  };
  /** An index of what was written. */
  index?: {
    /** Whether an index is written. */
    enabled?: boolean;
    /** Template of the path of the index. */
    pathTemplate?: string;
  };
}

/** Encoding of what is written. */
export interface SinkSerialization {
  /** Format of a document. */
  format?: "json" | "yaml" | "parquet" | "csv" | "ndjson";
  /** Compression of a document. */
  compression?: "none" | "gzip" | "snappy" | "zstd";
}

/** Who creates the table, topic, bucket or branch that the sink writes to. */
export interface SinkProvisioning {
  /**
   * ensure: the exporter may create it. existing: it must exist. A test reads an absent mode as
   * ensure.
   */
  mode?: "ensure" | "existing";
  /** How names of created targets are made. */
  naming?: {
    /** Template of a name. */
    template?: string;
  };
}

/** What the exporter and the connection probe observed. */
export interface SinkStatus {
  /** Conditions of the object, at most one of each type. */
  conditions?: Condition[];
  /** Written by the exporter; kept unchanged. */
  preview?: Record<string, unknown>;
}

/** Settings of the types git and gitlab. */
export interface GitSettings {
  /** Credentials that win over spec.secretRef. */
  auth?: {
    /** Kind of credentials. */
    type?: "token" | "ssh";
    /** Secret with the credentials. */
    secretRef?: SecretRef;
  };
  /** Author of the commits. */
  author?: {
    /** Name of the author. */
    name?: string;
    /** Mail address of the author. */
    email?: string;
  };
  /** Branch to write to; wins over #branch= in the endpoint. */
  branch?: string;
  /** How many commits a clone fetches. */
  cloneDepth?: number;
  /** Template of the subject of a commit. */
  commitMessage?: string;
  /** Template of the body of a commit. */
  commitBody?: string;
  /** Trailers added to each commit. */
  commitTrailers?: string[];
  /** Git implementation that the exporter uses. */
  engine?: "go-git" | "cli";
  /** Send credentials with the first request instead of after a challenge. */
  forceBasicAuth?: boolean;
  /** Remove files of deleted items. */
  prune?: boolean;
  /** Add commits, or overwrite the branch. */
  pushPolicy?: "Commit" | "ForcePush";
}

/** Settings of the type gitlab. */
export interface GitlabSettings {
  /** Writing through merge requests. */
  mergeRequest?: {
    /** Push to the branch, or open a merge request. */
    mode?: "direct" | "merge_request";
    /** Branch that a merge request targets. */
    targetBranch?: string;
    /** Prefix of the source branches. */
    branchPrefix?: string;
    /** Template of the title. */
    titleTemplate?: string;
    /** Merge when the pipeline succeeds. */
    autoMerge?: boolean;
  };
}

/** Settings of writes over HTTP. */
export interface HttpSettings {
  /** HTTP method of a write. */
  method?: string;
}

/** Settings of the types s3 and gcs. */
export interface ObjectStoreSettings {
  /** Format of an object. */
  format?: "json" | "parquet";
  /** Attributes that become separate columns. */
  hotAttributes?: string[];
}

/** Settings of the type bigquery. */
export interface BigquerySettings {
  /** Google Cloud project. */
  project: string;
  /** Dataset of the table. */
  dataset: string;
  /** Table to write to. */
  table: string;
  /** Location of the dataset. */
  location?: string;
  /** Secret with the service account key, under credentials.json. */
  secretRef?: SecretRef;
}

/** Settings of the type mongodb. */
export interface MongodbSettings {
  /** Secret with the URI, under uri, url, connectionString or MONGODB_URI. */
  databaseRef: SecretRef;
  /** Database of the collection. */
  database: string;
  /** Collection to write to. */
  collection: string;
}

/** Settings of the type postgres. */
export interface PostgresSettings {
  /** Secret with the DSN, under dsn, url, connectionString or DATABASE_URL. */
  databaseRef: SecretRef;
  /** Schema of the table. */
  schema?: string;
  /** Table to write to. */
  table: string;
}

/** Settings of the type kafka. */
export interface KafkaSettings {
  /** Bootstrap brokers as host:port. A test tries every one. */
  brokers: string[];
  /** Topic to write to. */
  topic: string;
  /** Secret with the credentials; wins over spec.secretRef. */
  secretRef?: SecretRef;
}

/** Settings of the type nats. */
export interface NatsSettings {
  /** Server to connect to; spec.endpoint when absent. */
  url?: string;
  /** Subject to publish to. */
  subject: string;
  /** JetStream stream that keeps the messages. */
  stream?: string;
  /** Secret with the credentials; wins over spec.secretRef. */
  secretRef?: SecretRef;
}

/** The sink to probe, in the test's own namespace: exactly one of the three names. */
export interface SinkReference {
  /** Name of a KollectSnapshotSink in the test's namespace. */
  snapshotSinkRef?: string;
  /** Name of a KollectDatabaseSink in the test's namespace. */
  databaseSinkRef?: string;
  /** Name of a KollectEventSink in the test's namespace. */
  eventSinkRef?: string;
}

/** What to probe, and how. Any change requests a new run. */
export interface ConnectionTestSpec {
  /** The sink to probe, in the test's own namespace: exactly one of the three names. */
  sinkRef: SinkReference;
  /** Reserved for composite probes: accepted with a warning, has no effect. */
  profileRef?: string;
  /** Make the sink an owner of the test, so that deleting the sink deletes the test. */
  ownerSink?: boolean;
  /** Seconds from status.completedAt to the deletion of the test; 0 deletes after the verdict. */
  ttlSecondsAfterFinished?: number;
  /** Seconds that one attempt may take, all phases together. The operator's maximum also holds. */
  timeoutSeconds?: number;
  /** Further attempts after a transient failure. */
  retryLimit?: number;
  /** Any new value requests one more run; the annotation kollect.dev/requested-at is copied here. */
  requestedAt?: string;
}

/** Verdict of the test and the run that led to it. */
export interface ConnectionTestStatus {
  /** True once the probe has finished, either way. */
  completed?: boolean;
  /** When the probe finished; ttlSecondsAfterFinished counts from here. */
  completedAt?: string;
  /** Duration of the last attempt from Resolve to Authorize, in milliseconds, without waiting. */
  latencyMs?: number;
  /** Generation of the last final verdict; -1 before the first. */
  observedGeneration?: number;
  /** Conditions of the object, at most one of each type. */
  conditions?: Condition[];
  /** The sink that was probed, in its state at that time. */
  sink?: ProbedSink;
  /** The user who created the test or last changed its spec; empty where admission does not apply. */
  requestedBy?: string;
  /** When the last run began. */
  startedAt?: string;
  /** Attempts of the last run. */
  attempts?: number;
  /** Identifies the probe; the same for all tests that shared it. */
  probeId?: string;
  /** How many tests shared the probe, including this one. */
  sharedBy?: number;
  /** How often the operator ended while it probed this generation; absent when it did not. */
  interruptions?: number;
  /** Result of the last probe. */
  probe?: ProbeDetails;
}

/** The sink that was probed, in its state at that time. */
export interface ProbedSink {
  /** Kind of the sink. */
  kind?: "KollectSnapshotSink" | "KollectDatabaseSink" | "KollectEventSink";
  /** Name of the sink. */
  name?: string;
  /** UID of the sink. */
  uid?: string;
  /** Generation of the sink that was probed. */
  generation?: number;
  /** Backend of the sink. */
  type?: string;
  /** The Secrets that were read for the probe, and their versions; never a value. */
  secrets?: ProbedSecret[];
}

/** A Secret that was read for the probe. */
export interface ProbedSecret {
  /** Namespace of the Secret. */
  namespace: string;
  /** Name of the Secret. */
  name: string;
  /** Version of the Secret that was read. */
  resourceVersion: string;
}

/** Result of the last probe. */
export interface ProbeDetails {
  /** What was dialled, as host:port, host/bucket or host:port/repository; never with credentials. */
  endpoint?: string;
  /** Why the probe failed; absent when it succeeded. */
  cause?:
    | "SecretNotFound"
    | "SecretKeyMissing"
    | "SecretValueInvalid"
    | "ReferenceForbidden"
    | "NoCredentials"
    | "InvalidConfiguration"
    | "NameResolutionFailed"
    | "AddressDenied"
    | "ConnectionRefused"
    | "Unreachable"
    | "TimedOut"
    | "TLSUntrusted"
    | "TLSNameMismatch"
    | "TLSExpired"
    | "TLSFailed"
    | "HostKeyUnknown"
    | "HostKeyMismatch"
    | "AuthenticationFailed"
    | "UnsupportedAuthMechanism"
    | "PermissionDenied"
    | "TargetNotFound"
    | "TooManyConnections"
    | "ProtocolError"
    | "UnsupportedByExporter"
    | "Internal";
  /** Version that the backend reported. */
  serverVersion?: string;
  /** TLS of the connection to the backend; absent without TLS. */
  tls?: ProbeTls;
  /** The phases that applied, in their order. */
  phases?: ProbePhase[];
  /** What the exporter needs and this probe could not prove; absent when everything was proven. */
  unproven?: UnprovenNeed[];
  /** How many needs are unproven. */
  unprovenCount?: number;
  /** Limitations of the configured version of Kollect's exporter that apply to this sink. */
  limitations?: ExporterLimitation[];
}

/** One phase of the probe. */
export interface ProbePhase {
  /** Name of the phase. */
  name: "Resolve" | "Connect" | "TLS" | "Authenticate" | "Verify" | "Authorize";
  /** How the phase ended. */
  result: "Passed" | "Failed" | "Skipped";
  /** Time that the phase took, in milliseconds. */
  latencyMs?: number;
  /** Why the phase was skipped. */
  why?: string;
}

/** TLS of the connection to the backend; absent without TLS. */
export interface ProbeTls {
  /** Protocol version. */
  version?: string;
  /** Issuer of the backend's certificate. */
  issuer?: string;
  /** When the backend's certificate expires. */
  notAfter?: string;
}

/** A need of the exporter that this probe could neither prove nor refute. */
export interface UnprovenNeed {
  /** What is needed, as the backend calls it. */
  need:
    | "git:PushRules"
    | "git:LoginUser"
    | "git:HostCertificate"
    | "git:ObjectFormat"
    | "gitlab:PushRules"
    | "gitlab:PushToBranch"
    | "gitlab:APIScope"
    | "gitlab:MergeRequests"
    | "gitlab:ObjectFormat"
    | "s3:PutObject"
    | "storage.objects.create"
    | "storage.objects.delete"
    | "postgres:ServerIdentity"
    | "postgres:ClientCertificate"
    | "postgres:PreparedStatements"
    | "postgres:Privileges"
    | "postgres:ColumnTypes"
    | "postgres:Constraints"
    | "postgres:RowSecurity"
    | "postgres:Triggers"
    | "bigquery:Dataset"
    | "bigquery.tables.create"
    | "bigquery.tables.getData"
    | "bigquery.tables.updateData"
    | "mongodb:ServerIdentity"
    | "mongodb:ClientCertificate"
    | "mongodb:Privileges"
    | "mongodb:Validator"
    | "mongodb:UniqueIndex"
    | "nats:PublishSubject"
    | "nats:PublishStreamUpdate"
    | "nats:PublishStreamCreate"
    | "nats:AccountLimits"
    | "nats:StreamConfiguration"
    | "nats:StreamSubjects"
    | "kafka:Write"
    | "kafka:MaxMessageBytes";
  /**
   * NotAnswered: the backend did not answer the question. OnlyAWriteTells: only a write could answer
   * it.
   */
  kind: "NotAnswered" | "OnlyAWriteTells";
  /** Why it is unproven, as a sentence. */
  why: string;
}

/** A deviation of the configured version of Kollect's exporter that affects this sink. */
export interface ExporterLimitation {
  /** Name of the limitation. */
  id:
    | "EmptyRepository"
    | "BranchMissing"
    | "SecretNotRead"
    | "AnonymousRequests"
    | "ExistingStillCreates"
    | "TLSSettingsIgnored"
    | "TLSUnsupported"
    | "MechanismIgnored"
    | "ClientCertificateIgnored"
    | "CredsIgnored"
    | "StreamOverwritten"
    | "URLUserinfoRefused"
    | "InsecureNeedsFlag"
    | "GitBlockIgnored"
    | "RESTIgnoresCA"
    | "CAIgnoredByCLIEngine"
    | "RegionIgnored"
    | "SessionTokenIgnored"
    | "GSURLUnsupported"
    | "CredentialsJSONIgnored"
    | "BucketPathGoesToAWS"
    | "GCSSigning"
    | "PrivateAddressRefused";
  /**
   * fails: exports fail. overwrites: exports change existing data or settings. ignored: a setting has
   * no effect.
   */
  effect: "fails" | "overwrites" | "ignored";
  /** Version, effect and workaround. */
  message: string;
}

/** Where and how snapshots are written. */
export interface KollectSnapshotSinkSpec {
  /** Backend of the sink. */
  type: "git" | "gitlab" | "s3" | "gcs";
  /** Name of the cluster, written with every item. */
  cluster?: string;
  /**
   * Probe when the sink's generation changes, where sink triggers are on. A KollectConnectionTest
   * leaves a better record.
   */
  connectionTest?: boolean;
  /** Address of the backend, in the form that its type expects. */
  endpoint?: string;
  /** Shortest time between two exports. */
  exportMinInterval?: string;
  /** How exported items are arranged in documents and paths. */
  layout?: SinkLayout;
  /** Further settings of the backend, by name. */
  options?: Record<string, string>;
  /** Template of the path of one document. */
  pathTemplate?: string;
  /** Who creates the table, topic, bucket or branch that the sink writes to. */
  provisioning?: SinkProvisioning;
  /** Secret with the credentials. A reference in the backend's own block wins. */
  secretRef?: SecretRef;
  /** Encoding of what is written. */
  serialization?: SinkSerialization;
  /** How the backend's certificate is verified. */
  tls?: SinkTls;
  /** What happens to exported data when its inventory is deleted. Kollect 0.18 does not read it. */
  deletionPolicy?: "Retain" | "Delete";
  /** Settings of the types git and gitlab. */
  git?: GitSettings;
  /** Settings of the type gitlab. */
  gitlab?: GitlabSettings;
  /** Settings of writes over HTTP. */
  http?: HttpSettings;
  /** Settings of the types s3 and gcs. */
  objectStore?: ObjectStoreSettings;
}

/** Where and how rows are written. */
export interface KollectDatabaseSinkSpec {
  /** Backend of the sink. */
  type: "postgres" | "bigquery" | "mongodb";
  /** Name of the cluster, written with every item. */
  cluster?: string;
  /**
   * Probe when the sink's generation changes, where sink triggers are on. A KollectConnectionTest
   * leaves a better record.
   */
  connectionTest?: boolean;
  /** Address of the backend, in the form that its type expects. */
  endpoint?: string;
  /** Shortest time between two exports. */
  exportMinInterval?: string;
  /** How exported items are arranged in documents and paths. */
  layout?: SinkLayout;
  /** Further settings of the backend, by name. */
  options?: Record<string, string>;
  /** Template of the path of one document. */
  pathTemplate?: string;
  /** Who creates the table, topic, bucket or branch that the sink writes to. */
  provisioning?: SinkProvisioning;
  /** Secret with the credentials. A reference in the backend's own block wins. */
  secretRef?: SecretRef;
  /** Encoding of what is written. */
  serialization?: SinkSerialization;
  /** How the backend's certificate is verified. */
  tls?: SinkTls;
  /** Settings of the type bigquery. */
  bigquery?: BigquerySettings;
  /** Settings of the type mongodb. */
  mongodb?: MongodbSettings;
  /** Settings of the type postgres. */
  postgres?: PostgresSettings;
}

/** Where and how events are written. */
export interface KollectEventSinkSpec {
  /** Backend of the sink. */
  type: "nats" | "kafka";
  /** Name of the cluster, written with every item. */
  cluster?: string;
  /**
   * Probe when the sink's generation changes, where sink triggers are on. A KollectConnectionTest
   * leaves a better record.
   */
  connectionTest?: boolean;
  /** Address of the backend, in the form that its type expects. */
  endpoint?: string;
  /** Shortest time between two exports. */
  exportMinInterval?: string;
  /** How exported items are arranged in documents and paths. */
  layout?: SinkLayout;
  /** Further settings of the backend, by name. */
  options?: Record<string, string>;
  /** Template of the path of one document. */
  pathTemplate?: string;
  /** Who creates the table, topic, bucket or branch that the sink writes to. */
  provisioning?: SinkProvisioning;
  /** Secret with the credentials. A reference in the backend's own block wins. */
  secretRef?: SecretRef;
  /** Encoding of what is written. */
  serialization?: SinkSerialization;
  /** How the backend's certificate is verified. */
  tls?: SinkTls;
  /** Settings of the type kafka. */
  kafka?: KafkaSettings;
  /** Settings of the type nats. */
  nats?: NatsSettings;
}

/** A one-shot, audited probe of the connection to a sink. */
export interface KollectConnectionTest {
  apiVersion: "kollect.dev/v1alpha1";
  kind: "KollectConnectionTest";
  metadata: ObjectMeta;
  spec: ConnectionTestSpec;
  status?: ConnectionTestStatus;
}

/** A place for snapshots: a Git repository or an object store. */
export interface KollectSnapshotSink {
  apiVersion: "kollect.dev/v1alpha1";
  kind: "KollectSnapshotSink";
  metadata: ObjectMeta;
  spec: KollectSnapshotSinkSpec;
  status?: SinkStatus;
}

/** A place for rows or documents: a database. */
export interface KollectDatabaseSink {
  apiVersion: "kollect.dev/v1alpha1";
  kind: "KollectDatabaseSink";
  metadata: ObjectMeta;
  spec: KollectDatabaseSinkSpec;
  status?: SinkStatus;
}

/** A place for events: a message broker. */
export interface KollectEventSink {
  apiVersion: "kollect.dev/v1alpha1";
  kind: "KollectEventSink";
  metadata: ObjectMeta;
  spec: KollectEventSinkSpec;
  status?: SinkStatus;
}

/** Any of the three sinks; `kind` tells them apart. */
export type Sink = KollectSnapshotSink | KollectDatabaseSink | KollectEventSink;
