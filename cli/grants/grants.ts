import type {
  KollectDatabaseSinkSpec,
  KollectEventSinkSpec,
  KollectSnapshotSinkSpec,
  Sink,
} from "../../capabilities/api/types";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { bigqueryTarget } from "../../capabilities/probes/bigquery/plan";
import { quoted, shellWord } from "../../capabilities/probes/messages";
import { neededActions } from "../../capabilities/probes/mongodb/needs/privileges";
import { natsTarget } from "../../capabilities/probes/nats/plan";
import { createSubject, updateSubject } from "../../capabilities/probes/nats/jetstream/survey";
import { sqlName } from "../../capabilities/probes/postgres/identifiers";
import { AWS, parseEndpoint } from "../../capabilities/probes/s3/endpoint";

/** Names that are not in a sink, because they are in its Secret. */
export interface Names {
  readonly user: string;
  readonly database: string;
}

type Statements = (sink: Sink, names: Names) => readonly string[];

/**
 * Statements that grant a user the least rights for the exporter and the test. The forms and the reasons are in
 * docs/sinks.
 */
const GRANTS: Readonly<Record<SinkType, Statements>> = {
  postgres: (sink, names) => postgres(sink.spec as KollectDatabaseSinkSpec, names),
  mongodb: (sink, names) => mongodb(sink.spec as KollectDatabaseSinkSpec, names),
  bigquery,
  kafka: (sink, names) => kafka(sink.spec as KollectEventSinkSpec, names),
  nats: (sink) => nats(sink.spec as KollectEventSinkSpec),
  s3: (sink) => s3(sink.spec as KollectSnapshotSinkSpec),
  gcs: (sink, names) => gcs(sink.spec as KollectSnapshotSinkSpec, names),
  git: ({ spec }) => [
    "# The token or key needs to read the repository and to push to the branch:",
    "#   GitLab: project access token, role Developer, scope write_repository; or a deploy key with write access",
    "#   GitHub: fine-grained token, Contents: read and write; or a deploy key with write access",
    "#   Gitea, Forgejo: token with scope write:repository; or a deploy key with write access",
    ...(isForced(spec as KollectSnapshotSinkSpec) ? ["# It must also be allowed to push by force."] : []),
  ],
  gitlab: ({ spec }) => [
    (spec as KollectSnapshotSinkSpec).gitlab?.mergeRequest?.mode === "merge_request"
      ? "# Project access token, role Developer, scope api"
      : "# Project access token, role Developer (or one that may push to a protected branch), scope write_repository",
  ],
};

/** The statements for one sink, one per line. Throws `FailureError` if its spec names no object to grant on. */
export function grantsFor(sink: Sink, names: Names): readonly string[] {
  return GRANTS[sink.spec.type](sink, names);
}

function postgres({ postgres: settings, provisioning }: KollectDatabaseSinkSpec, names: Names): string[] {
  const schema = settings?.schema || "public";
  const user = sqlName(names.user);
  const isThere = provisioning?.mode === "existing";
  return [
    `-- Run in database ${quoted(names.database)}, as its owner.`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${sqlName(names.database)} TO ${user};`,
    `GRANT USAGE, CREATE ON SCHEMA ${sqlName(schema)} TO ${user};`,
    isThere
      ? `GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE ${sqlName(schema, settings?.table ?? "")} TO ${user};`
      : `-- The exporter creates table ${sqlName(schema, settings?.table ?? "")} and then owns it.`,
  ];
}

function mongodb({ mongodb: settings, provisioning }: KollectDatabaseSinkSpec, { user }: Names): string[] {
  const db = settings?.database ?? "";
  const actions = neededActions(provisioning?.mode ?? "ensure", true);
  const privileges = [
    { resource: { db, collection: settings?.collection ?? "" }, actions },
    { resource: { db, collection: "" }, actions: ["listCollections"] },
  ];
  return [
    "use admin",
    `db.createRole(${JSON.stringify({ role: "kollectSink", roles: [], privileges })})`,
    `db.grantRolesToUser(${JSON.stringify(user)}, ["kollectSink"])`,
  ];
}

function bigquery(sink: Sink, { user }: Names): string[] {
  const { project, dataset, table, provisioning } = bigqueryTarget(sink);
  const account = `serviceAccount:${user}`;
  const member = shellWord(account);
  const onTable =
    `bq add-iam-policy-binding --table=true --member=${member} --role=roles/bigquery.dataEditor ` +
    shellWord(`${project}:${dataset}.${table}`);
  const onDataset = `GRANT \`roles/bigquery.dataEditor\` ON SCHEMA \`${project}\`.${dataset} TO ${JSON.stringify(account)}`;
  return [
    `gcloud projects add-iam-policy-binding ${shellWord(project)} --member=${member} --role=roles/bigquery.jobUser`,
    provisioning === "existing" ? onTable : `bq query --use_legacy_sql=false ${shellWord(onDataset)}`,
  ];
}

function kafka({ kafka: settings }: KollectEventSinkSpec, { user }: Names): string[] {
  const server = shellWord(settings?.brokers[0] ?? "BROKER");
  const principal = shellWord(`User:${user}`);
  return [
    `kafka-acls.sh --bootstrap-server ${server} --add --allow-principal ${principal} --operation Write ` +
      `--topic ${shellWord(settings?.topic ?? "")}`,
  ];
}

function nats({ nats: settings }: KollectEventSinkSpec): string[] {
  const { subject, stream } = natsTarget(settings ?? {});
  const publish = [subject, updateSubject(stream), createSubject(stream)];
  const list = publish.map((each) => JSON.stringify(each)).join(", ");
  return [`permissions: {`, `  publish: [${list}]`, `  subscribe: ["_INBOX.>"]`, `}`];
}

function s3({ endpoint, options }: KollectSnapshotSinkSpec): string[] {
  const { bucket, prefix } = parseEndpoint(endpoint, options?.region, AWS);
  const path = [prefix, "inventory/*"].filter((part) => part !== "").join("/");
  const statement = { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${bucket}/${path}` };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, undefined, 2).split("\n");
}

function gcs({ endpoint }: KollectSnapshotSinkSpec, { user }: Names): string[] {
  const [, bucket = "BUCKET"] = /^(?:gs:\/\/|https?:\/\/[^/]+\/)?([^/]+)/.exec(endpoint?.trim() ?? "") ?? [];
  const target = shellWord(`gs://${bucket}`);
  const member = shellWord(`serviceAccount:${user}`);
  return [
    `gcloud storage buckets add-iam-policy-binding ${target} --member=${member} --role=roles/storage.objectUser`,
  ];
}

function isForced({ git }: KollectSnapshotSinkSpec): boolean {
  return git?.pushPolicy === "ForcePush";
}
