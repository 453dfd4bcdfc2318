import type { LimitationId, SinkType } from "../../api/vocabulary";
import { SINK_FAMILIES } from "../../api/vocabulary";
import type { Limitation } from "./limitation";
import { hasAuthority, hasKey, hasTlsSettings, withoutKeys, withoutTls, withSpec } from "./sink-input";
import {
  isBucketPath,
  isGsUrl,
  isHttps,
  reachesGoogleStorage,
  readsCredentialsJson,
  usesCliEngine,
  withoutRegion,
  withoutUrlUserinfo,
} from "./sink-forms";

const ALL_TYPES: readonly SinkType[] = Object.values(SINK_FAMILIES).flatMap(
  ({ types }): readonly SinkType[] => types,
);
const BOTH = ["0.18", "next"] as const;
const TRIED = "tried against a real server";
const READ = "read in the exporter's source";

const CLIENT_CERTIFICATE = ["tls.crt", "tls.key"] as const;
const SESSION_TOKEN = ["sessionToken", "AWS_SESSION_TOKEN"] as const;

/**
 * What the known versions of the exporter do differently from the sink's API. A release that lifts a row is one edit
 * here: the CRD's enum, the condition, strict mode and docs/limitations.md follow.
 */
export const LIMITATIONS: Readonly<Record<LimitationId, Limitation>> = {
  EmptyRepository: {
    types: ["git", "gitlab"],
    versions: BOTH,
    when: "the engine is `go-git` (the default; always for gitlab) and the repository is empty",
    effect: "fails",
    decidesVerdict: true,
    does: "cannot write to an empty repository with the engine go-git",
    workaround: "Create the branch with one commit, or set spec.git.engine to cli (type git only).",
    source: TRIED,
  },
  BranchMissing: {
    types: ["git", "gitlab"],
    versions: BOTH,
    when: "the engine is `go-git` (the default; always for gitlab, in direct mode) and the branch does not exist",
    effect: "fails",
    decidesVerdict: true,
    does: "cannot create the branch with the engine go-git",
    workaround: "Create the branch with one commit, or set spec.git.engine to cli (type git only).",
    source: TRIED,
  },
  SecretNotRead: {
    types: ["mongodb"],
    versions: BOTH,
    when: "always",
    effect: "fails",
    applies: () => true,
    does: "does not read the Secret of spec.mongodb.databaseRef",
    workaround: "Wait for a release that does, or use another type of sink.",
    source: TRIED,
  },
  AnonymousRequests: {
    types: ["bigquery"],
    versions: BOTH,
    when: "`BIGQUERY_EMULATOR_HOST` is not set",
    effect: "fails",
    applies: ({ bigqueryEmulator }) => !bigqueryEmulator,
    does: "sends its requests to BigQuery without credentials",
    workaround: "Wait for a release that sends them, or use another type of sink.",
    source: "tried for its cause: the same client options send no token",
  },
  ExistingStillCreates: {
    types: ["postgres"],
    versions: ["0.18"],
    when: "`spec.provisioning.mode` is `existing`; it fails without CREATE on the schema",
    effect: "ignored",
    applies: ({ sink }) => sink.spec.provisioning?.mode === "existing",
    rewrite: (input) =>
      input.sink.spec.provisioning?.mode === "existing"
        ? withSpec(input, { provisioning: { ...input.sink.spec.provisioning, mode: "ensure" } })
        : input,
    does: "runs CREATE TABLE IF NOT EXISTS also with provisioning.mode existing",
    workaround: "Grant the user CREATE on the schema.",
    source: TRIED,
  },
  TLSSettingsIgnored: {
    types: ["postgres", "mongodb", "bigquery", "s3", "gcs"],
    versions: BOTH,
    when: "`spec.tls` has an authority or `insecureSkipVerify`; it fails where the connection depends on it",
    effect: "ignored",
    applies: hasTlsSettings,
    rewrite: withoutTls,
    does: "ignores spec.tls of this type",
    workaround:
      "Use a certificate that the exporter's pod trusts, or put the authority into that pod (SSL_CERT_FILE).",
    source: TRIED,
  },
  TLSUnsupported: {
    types: ["kafka"],
    versions: ["0.18"],
    when: "the listener speaks TLS",
    effect: "fails",
    rewrite: withoutTls,
    does: "cannot speak TLS with Kafka",
    workaround: "Use a SASL_PLAINTEXT or PLAINTEXT listener inside the cluster.",
    source: TRIED,
  },
  MechanismIgnored: {
    types: ["kafka"],
    versions: BOTH,
    when: "the Secret's key `mechanism` is not SCRAM-SHA-256; it fails where the login depends on it",
    effect: "ignored",
    applies: (input) => hasKey(input, "mechanism") && mechanism(input) !== "SCRAM-SHA-256",
    rewrite: (input) => withoutKeys(input, "mechanism"),
    does: "ignores the key mechanism and always logs in by SCRAM-SHA-256",
    workaround: "Give the user a SCRAM-SHA-256 credential at the brokers.",
    source: TRIED,
  },
  ClientCertificateIgnored: {
    types: ["kafka", "nats", "postgres", "mongodb"],
    versions: BOTH,
    when: "the Secret has a client certificate; it fails where the login depends on it",
    effect: "ignored",
    applies: (input) => hasKey(input, "tls.key"),
    rewrite: (input) => withoutKeys(input, ...CLIENT_CERTIFICATE),
    does: "ignores the client certificate in the keys tls.crt and tls.key",
    workaround: "Let the user log in by a password or token.",
    source: TRIED,
  },
  CredsIgnored: {
    types: ["nats"],
    versions: BOTH,
    when: "the login is by the Secret's key `creds` or `nkey`",
    effect: "fails",
    applies: (input) => hasKey(input, "creds", "nkey"),
    rewrite: (input) => withoutKeys(input, "creds", "nkey"),
    does: "ignores the keys creds and nkey",
    workaround: "Let the user log in by token, or by username and password.",
    source: TRIED,
  },
  StreamOverwritten: {
    types: ["nats"],
    versions: BOTH,
    when: "the stream exists with other subjects or limits than the exporter gives it",
    effect: "overwrites",
    does: "replaces the stream's subjects and limits by its own at the first export",
    workaround: "Give the sink a stream of its own in spec.nats.stream.",
    source: TRIED,
  },
  URLUserinfoRefused: {
    types: ["nats"],
    versions: ["next"],
    when: "the URL holds a user, a password or a token",
    effect: "fails",
    applies: (input) => withoutUrlUserinfo(input) !== input,
    does: "refuses a NATS URL that holds credentials",
    workaround: "Move them into the Secret of spec.nats.secretRef.",
    source: READ,
  },
  InsecureNeedsFlag: {
    types: ["git", "gitlab", "kafka", "nats"],
    versions: ["next"],
    when: "`spec.tls.insecureSkipVerify` is true, unless Kollect's manager runs with `--allow-insecure-sinks`",
    effect: "fails",
    applies: ({ sink }) => sink.spec.tls?.insecureSkipVerify === true,
    does: "refuses insecureSkipVerify unless its manager runs with --allow-insecure-sinks",
    workaround: "Give the authority in spec.tls.caBundle instead.",
    source: READ,
  },
  GitBlockIgnored: {
    types: ["gitlab"],
    versions: BOTH,
    when: "any field of `spec.git` is set",
    effect: "ignored",
    applies: ({ sink }) => Object.keys(gitBlock(sink.spec) ?? {}).length > 0,
    does: "ignores spec.git of a gitlab sink",
    workaround: "Write the branch as #branch= in spec.endpoint and the Secret into spec.secretRef.",
    source: TRIED,
  },
  RESTIgnoresCA: {
    types: ["gitlab"],
    versions: BOTH,
    when: "`gitlab.mergeRequest.mode` is `merge_request` and the server's certificate is of a private authority",
    effect: "fails",
    does: "ignores spec.tls in its calls of GitLab's REST API",
    workaround: "Use a publicly trusted certificate, or mode direct.",
    source: TRIED,
  },
  CAIgnoredByCLIEngine: {
    types: ["git"],
    versions: BOTH,
    when: "`spec.git.engine` is `cli` and `spec.tls` has an authority",
    effect: "fails",
    applies: (input) => usesCliEngine(input) && isHttps(input) && hasAuthority(input),
    rewrite: (input) =>
      usesCliEngine(input) && isHttps(input)
        ? withSpec(input, { tls: { insecureSkipVerify: input.sink.spec.tls?.insecureSkipVerify ?? false } })
        : input,
    does: "ignores the authority in spec.tls with the engine cli",
    workaround: "Set spec.git.engine to go-git.",
    source: TRIED,
  },
  RegionIgnored: {
    types: ["s3", "gcs"],
    versions: BOTH,
    when: "the bucket's region is not us-east-1",
    effect: "fails",
    rewrite: withoutRegion,
    does: "signs for region us-east-1 whatever options.region says",
    workaround: "Use a bucket in us-east-1.",
    source: TRIED,
  },
  SessionTokenIgnored: {
    types: ["s3", "gcs"],
    versions: BOTH,
    when: "the Secret has a session token; it fails where the keys are temporary",
    effect: "ignored",
    applies: (input) => hasKey(input, ...SESSION_TOKEN),
    rewrite: (input) => withoutKeys(input, ...SESSION_TOKEN),
    does: "ignores the session token",
    workaround: "Use a long-lived access key.",
    source: TRIED,
  },
  GSURLUnsupported: {
    types: ["gcs"],
    versions: BOTH,
    when: "`spec.endpoint` begins with `gs://`",
    effect: "fails",
    applies: isGsUrl,
    does: "cannot write to gs:// endpoints",
    workaround: "Write spec.endpoint as https://storage.googleapis.com/BUCKET/PREFIX with HMAC keys.",
    source: TRIED,
  },
  CredentialsJSONIgnored: {
    types: ["gcs"],
    versions: BOTH,
    when: "the Secret has `credentials.json`",
    effect: "fails",
    applies: readsCredentialsJson,
    rewrite: (input) => withoutKeys(input, "credentials.json"),
    does: "ignores credentials.json of a gcs sink",
    workaround: "Use HMAC keys in accessKeyID and secretAccessKey.",
    source: TRIED,
  },
  BucketPathGoesToAWS: {
    types: ["gcs"],
    versions: BOTH,
    when: "`spec.endpoint` is written as `bucket/prefix`",
    effect: "fails",
    applies: isBucketPath,
    does: "takes bucket/prefix of a gcs sink for a bucket at AWS",
    workaround: "Write spec.endpoint as https://storage.googleapis.com/BUCKET/PREFIX.",
    source: TRIED,
  },
  GCSSigning: {
    types: ["gcs"],
    versions: BOTH,
    when: "HMAC keys are used at `storage.googleapis.com`",
    effect: "fails",
    applies: (input) => reachesGoogleStorage(input) && !readsCredentialsJson(input),
    does: "signs headers that Google's front end changes, so that the signature does not match",
    workaround: "Use another S3-compatible store, or export to a git sink.",
    source: "public reports (aws-sdk-go-v2 #1816), not tried",
  },
  PrivateAddressRefused: {
    types: ALL_TYPES,
    versions: BOTH,
    when: "the server's address is private (RFC 1918, fc00::/7) and `KOLLECT_EXPORTER_PRIVATE_SINKS` is `refused`",
    effect: "fails",
    onlyIf: ({ privateSinks }) => privateSinks === "refused",
    does: "refuses private addresses",
    workaround: "Run Kollect's manager with --allow-private-sinks.",
    source: TRIED,
  },
};

function mechanism({ secrets }: Parameters<NonNullable<Limitation["applies"]>>[0]): string | undefined {
  const values = [...secrets.values()].map(({ data }) => data.get("mechanism")?.toString("utf8").trim());
  return values.find((value) => value !== undefined && value !== "");
}

function gitBlock(spec: object): object | undefined {
  return "git" in spec && typeof spec.git === "object" && spec.git !== null ? spec.git : undefined;
}
