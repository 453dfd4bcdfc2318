/**
 * The closed vocabulary of the API: kinds, sink types, condition reasons, causes, phases and annotations.
 * Schemas, code and the reference page all read it, so that each word is defined once.
 */
export const GROUP = "kollect.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

export const SINK_KINDS = ["KollectSnapshotSink", "KollectDatabaseSink", "KollectEventSink"] as const;
export type SinkKind = (typeof SINK_KINDS)[number];

/** The properties of a sink kind: its plural, the field of `spec.sinkRef` that names it, its types. */
export const SINK_FAMILIES = {
  KollectSnapshotSink: {
    plural: "kollectsnapshotsinks",
    refField: "snapshotSinkRef",
    types: ["git", "gitlab", "s3", "gcs"],
  },
  KollectDatabaseSink: {
    plural: "kollectdatabasesinks",
    refField: "databaseSinkRef",
    types: ["postgres", "bigquery", "mongodb"],
  },
  KollectEventSink: { plural: "kollecteventsinks", refField: "eventSinkRef", types: ["nats", "kafka"] },
} as const satisfies Record<SinkKind, { plural: string; refField: string; types: readonly string[] }>;

export type SinkRefField = (typeof SINK_FAMILIES)[SinkKind]["refField"];
export type SinkType = (typeof SINK_FAMILIES)[SinkKind]["types"][number];

/** Every type of sink, kind by kind. */
export const SINK_TYPES: readonly SinkType[] = SINK_KINDS.flatMap((kind) => [...SINK_FAMILIES[kind].types]);

export function isSinkType(type: string): type is SinkType {
  return (SINK_TYPES as readonly string[]).includes(type);
}

/** The kind whose sinks may have this type. */
export function kindOf(type: SinkType): SinkKind {
  const kind = SINK_KINDS.find((each) => (SINK_FAMILIES[each].types as readonly string[]).includes(type));
  if (!kind) throw new Error(`no kind of sink has the type ${type}`);
  return kind;
}

export const TEST_KIND = "KollectConnectionTest";
export const TEST_PLURAL = "kollectconnectiontests";

/** Plurals of all kinds, as API paths use them. */
export const PLURALS: readonly string[] = [
  TEST_PLURAL,
  ...SINK_KINDS.map((kind) => SINK_FAMILIES[kind].plural),
];

export const ANNOTATIONS = {
  requestedAt: "kollect.dev/requested-at",
  requestedBy: "kollect.dev/requested-by",
  retain: "kollect.dev/retain",
  testConnection: "kollect.dev/test-connection",
} as const;

export const CONDITIONS = [
  "ConnectionVerified",
  "Ready",
  "Finished",
  "Reconciling",
  "Stalled",
  "TLSInsecure",
  "ExporterLimited",
  "SinkChanged",
] as const;
export type ConditionType = (typeof CONDITIONS)[number];

/** Why a verdict no longer describes the current sink. */
export const SINK_CHANGES = ["SinkGeneration", "SecretVersion"] as const;
export type SinkChange = (typeof SINK_CHANGES)[number];

/** Maximum number of Secrets in a status; no type of sink names as many. */
export const MAX_PROBED_SECRETS = 8;

export const FAILURE_REASONS = [
  "SinkNotFound",
  "SecretResolveFailed",
  "ConnectionTestFailed",
  "InvalidSinkRef",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

export const SECRET_CAUSES = [
  "SecretNotFound",
  "SecretKeyMissing",
  "SecretValueInvalid",
  "ReferenceForbidden",
  "NoCredentials",
] as const;
export type SecretCause = (typeof SECRET_CAUSES)[number];

export const CONNECTION_CAUSES = [
  "InvalidConfiguration",
  "NameResolutionFailed",
  "AddressDenied",
  "ConnectionRefused",
  "Unreachable",
  "TimedOut",
  "TLSUntrusted",
  "TLSNameMismatch",
  "TLSExpired",
  "TLSFailed",
  "HostKeyUnknown",
  "HostKeyMismatch",
  "AuthenticationFailed",
  "UnsupportedAuthMechanism",
  "PermissionDenied",
  "TargetNotFound",
  "TooManyConnections",
  "ProtocolError",
  "UnsupportedByExporter",
  "Internal",
] as const;
export type ConnectionCause = (typeof CONNECTION_CAUSES)[number];

/** Every cause of a failed probe. */
export const CAUSES = [...SECRET_CAUSES, ...CONNECTION_CAUSES] as const;
export type Cause = (typeof CAUSES)[number];

/** Causes that may resolve by themselves; `spec.retryLimit` applies only to these. */
export const TRANSIENT_CAUSES: ReadonlySet<Cause> = new Set<Cause>([
  "NameResolutionFailed",
  "ConnectionRefused",
  "Unreachable",
  "TimedOut",
  "TooManyConnections",
]);

export const PHASES = ["Resolve", "Connect", "TLS", "Authenticate", "Verify", "Authorize"] as const;
export type PhaseName = (typeof PHASES)[number];

export const PHASE_RESULTS = ["Passed", "Failed", "Skipped"] as const;
export type PhaseResult = (typeof PHASE_RESULTS)[number];

/** Why a need of the exporter is neither proven nor missing. */
export const UNPROVEN_KINDS = ["NotAnswered", "OnlyAWriteTells"] as const;
export type UnprovenKind = (typeof UNPROVEN_KINDS)[number];

/** Needs of the exporter that a probe may be unable to prove, in the backend's own terms. */
const NEEDS_OF = {
  git: ["git:PushRules", "git:LoginUser", "git:HostCertificate", "git:ObjectFormat"],
  gitlab: [
    "gitlab:PushRules",
    "gitlab:PushToBranch",
    "gitlab:APIScope",
    "gitlab:MergeRequests",
    "gitlab:ObjectFormat",
  ],
  s3: ["s3:PutObject"],
  gcs: ["storage.objects.create", "storage.objects.delete"],
  postgres: [
    "postgres:ServerIdentity",
    "postgres:ClientCertificate",
    "postgres:PreparedStatements",
    "postgres:Privileges",
    "postgres:ColumnTypes",
    "postgres:Constraints",
    "postgres:RowSecurity",
    "postgres:Triggers",
  ],
  bigquery: [
    "bigquery:Dataset",
    "bigquery.tables.create",
    "bigquery.tables.getData",
    "bigquery.tables.updateData",
  ],
  mongodb: [
    "mongodb:ServerIdentity",
    "mongodb:ClientCertificate",
    "mongodb:Privileges",
    "mongodb:Validator",
    "mongodb:UniqueIndex",
  ],
  nats: [
    "nats:PublishSubject",
    "nats:PublishStreamUpdate",
    "nats:PublishStreamCreate",
    "nats:AccountLimits",
    "nats:StreamConfiguration",
    "nats:StreamSubjects",
  ],
  kafka: ["kafka:Write", "kafka:MaxMessageBytes"],
} as const satisfies Record<SinkType, readonly string[]>;
export type Need = (typeof NEEDS_OF)[SinkType][number];
export const NEEDS: readonly Need[] = Object.values(NEEDS_OF).flat();

/** Effects of a limitation on an export, the worst first. */
export const LIMITATION_EFFECTS = ["fails", "overwrites", "ignored"] as const;
export type LimitationEffect = (typeof LIMITATION_EFFECTS)[number];

/** Settings that a version of the exporter ignores, and cases in which it fails although its design allows them. */
export const LIMITATION_IDS = [
  "EmptyRepository",
  "BranchMissing",
  "SecretNotRead",
  "AnonymousRequests",
  "ExistingStillCreates",
  "TLSSettingsIgnored",
  "TLSUnsupported",
  "MechanismIgnored",
  "ClientCertificateIgnored",
  "CredsIgnored",
  "StreamOverwritten",
  "URLUserinfoRefused",
  "InsecureNeedsFlag",
  "GitBlockIgnored",
  "RESTIgnoresCA",
  "CAIgnoredByCLIEngine",
  "RegionIgnored",
  "SessionTokenIgnored",
  "GSURLUnsupported",
  "CredentialsJSONIgnored",
  "BucketPathGoesToAWS",
  "GCSSigning",
  "PrivateAddressRefused",
] as const;
export type LimitationId = (typeof LIMITATION_IDS)[number];

/** Maximum lengths of a status's lists; further entries are left out. */
export const MAX_UNPROVEN = 16;
export const MAX_LIMITATIONS = 16;

/** Defaults and bounds of the spec. The code applies them too, because another installer's CRD may lack them. */
export const SPEC_DEFAULTS = {
  ownerSink: true,
  ttlSecondsAfterFinished: 300,
  timeoutSeconds: 15,
  retryLimit: 0,
} as const;
export const SPEC_BOUNDS = {
  ttlSecondsAfterFinished: { minimum: 0, maximum: 2147483647 },
  timeoutSeconds: { minimum: 1, maximum: 300 },
  retryLimit: { minimum: 0, maximum: 3 },
} as const;

/** Display name of each backend, for messages. */
export const BACKEND_NAMES: Readonly<Record<SinkType, string>> = {
  git: "Git server",
  gitlab: "GitLab",
  s3: "S3",
  gcs: "Google Cloud Storage",
  postgres: "PostgreSQL",
  bigquery: "BigQuery",
  mongodb: "MongoDB",
  nats: "NATS",
  kafka: "Kafka",
};
