import type { SinkKind, SinkType } from "../capabilities/api/vocabulary";

/** What the pages contain about one type of sink. */
export interface BackendGuide {
  /** The page in docs/sinks with every detail; two types may share one. */
  readonly page: string;
  /** The files in config/samples, without their common beginning and end: a sink with its Secret, and its test. */
  readonly samples: { readonly sink: string; readonly test: string };
  /** Target of a sink of this type. */
  readonly writesTo: string;
  /** Location of address and credentials; one row for each way to connect to the backend. */
  readonly access: readonly [AccessRow, ...AccessRow[]];
}

export interface AccessRow {
  /** Name of the transport, if there are several. */
  readonly over?: string;
  readonly address: string;
  /** The field that names the Secret. */
  readonly secret: string;
  /** Keys of the Secret. */
  readonly keys: string;
}

/** The page of each kind of sink, in docs. */
export const KIND_PAGES: Readonly<Record<SinkKind, string>> = {
  KollectSnapshotSink: "snapshot-sinks.md",
  KollectDatabaseSink: "database-sinks.md",
  KollectEventSink: "event-sinks.md",
};

const GIT_SECRET = "`spec.git.auth.secretRef`, else `spec.secretRef`";

/** What the pages contain about every type of sink. A missing type does not compile. */
export const BACKEND_GUIDES: Readonly<Record<SinkType, BackendGuide>> = {
  git: {
    page: "git.md",
    samples: { sink: "kollectsnapshotsink_git", test: "kollectconnectiontest_git" },
    writesTo: "a branch of a Git repository",
    access: [
      {
        over: "HTTP",
        address: "`spec.endpoint`: `https://…`; the branch by `spec.git.branch` or `#branch=`",
        secret: GIT_SECRET,
        keys: "`token`, else `password` with `username`",
      },
      {
        over: "SSH",
        address: "`spec.endpoint`: `ssh://…`, with `spec.git.auth.type: ssh`",
        secret: GIT_SECRET,
        keys: "`known_hosts`; `ssh-privatekey`, `identity` or `id_rsa`; `username`",
      },
    ],
  },
  gitlab: {
    page: "gitlab.md",
    samples: { sink: "kollectsnapshotsink_gitlab", test: "kollectconnectiontest_gitlab" },
    writesTo: "a branch of a GitLab project, or a merge request",
    access: [
      {
        address:
          "`spec.endpoint`: `https://…`; the branch by `#branch=`; `spec.gitlab.mergeRequest` for merge requests",
        secret: "`spec.secretRef`",
        keys: "as `git` over HTTP",
      },
    ],
  },
  s3: {
    page: "s3.md",
    samples: { sink: "kollectsnapshotsink_s3", test: "kollectconnectiontest_s3" },
    writesTo: "a bucket of S3 or of a compatible service",
    access: [
      {
        address: "`spec.endpoint`: `s3://bucket/prefix`, `https://host/bucket/prefix`; `spec.options.region`",
        secret: "`spec.secretRef`",
        keys: "`accessKeyID` or `AWS_ACCESS_KEY_ID`, `secretAccessKey` or `AWS_SECRET_ACCESS_KEY`, `sessionToken` or `AWS_SESSION_TOKEN`",
      },
    ],
  },
  gcs: {
    page: "gcs.md",
    samples: { sink: "kollectsnapshotsink_gcs", test: "kollectconnectiontest_gcs" },
    writesTo: "a Google Cloud Storage bucket",
    access: [
      {
        address: "`spec.endpoint`: `https://host/bucket/prefix`, `gs://bucket/prefix`",
        secret: "`spec.secretRef`",
        keys: "HMAC keys as for `s3`, or `credentials.json`",
      },
    ],
  },
  postgres: {
    page: "postgres.md",
    // The example of the reference page, whose name is given.
    samples: { sink: "kollectdatabasesink", test: "kollectconnectiontest" },
    writesTo: "a PostgreSQL table",
    access: [
      {
        address: "in the Secret; `schema` and `table` of `spec.postgres`",
        secret: "`spec.postgres.databaseRef`",
        keys: "`dsn`, `url`, `connectionString` or `DATABASE_URL`; `tls.crt` with `tls.key`",
      },
    ],
  },
  bigquery: {
    page: "bigquery.md",
    samples: { sink: "kollectdatabasesink_bigquery", test: "kollectconnectiontest_bigquery" },
    writesTo: "a BigQuery table",
    access: [
      {
        address:
          "`project`, `dataset`, `table` and `location` of `spec.bigquery`; `spec.endpoint` for another address",
        secret: "`spec.bigquery.secretRef`",
        keys: "`credentials.json`",
      },
    ],
  },
  mongodb: {
    page: "mongodb.md",
    samples: { sink: "kollectdatabasesink_mongodb", test: "kollectconnectiontest_mongodb" },
    writesTo: "a collection",
    access: [
      {
        address: "in the Secret; `database` and `collection` of `spec.mongodb`",
        secret: "`spec.mongodb.databaseRef`",
        keys: "`uri`, `url`, `connectionString` or `MONGODB_URI`; `tls.crt` with `tls.key`",
      },
    ],
  },
  nats: {
    page: "nats.md",
    samples: { sink: "kollecteventsink_nats", test: "kollectconnectiontest_nats" },
    writesTo: "a NATS subject, stored in a JetStream stream",
    access: [
      {
        address: "`spec.nats.url`, else `spec.endpoint`; `subject` and `stream` of `spec.nats`",
        secret: "`spec.nats.secretRef`, else `spec.secretRef`",
        keys: "`token`; `username` with `password`; `nkey`; `creds`; `tls.crt` with `tls.key`",
      },
    ],
  },
  kafka: {
    page: "kafka.md",
    samples: { sink: "kollecteventsink_kafka", test: "kollectconnectiontest_kafka" },
    writesTo: "a Kafka topic",
    access: [
      {
        address: "`brokers` and `topic` of `spec.kafka`",
        secret: "`spec.kafka.secretRef`, else `spec.secretRef`",
        keys: "`username`, `password`, `token`; `mechanism`: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER; `tls.crt` with `tls.key`",
      },
    ],
  },
};
