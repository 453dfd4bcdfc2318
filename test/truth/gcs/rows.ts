import type { TruthRow } from "../../../lab/truth/row";
import type { GoogleStandIn, TestAccount } from "../../../lab/servers/google/stand-in";
import {
  allow,
  LIST,
  ownerRows,
  rightsRows,
  sinkAt,
  type Keys,
  type OwnerRow,
  type S3Row,
} from "../s3/cases";
import { BUCKET, type S3Servers } from "../s3/server";

/** An S3-compatible store for HMAC keys, and a stand-in for Google's JSON API for service accounts. */
export interface GcsServers extends S3Servers {
  readonly google: GoogleStandIn;
  readonly account: TestAccount;
}

const PUT = "s3:PutObject";
const RIGHTS = rightsRows("gcs", [
  {
    id: "full",
    about: "custom host, s3:* on the bucket",
    policy: [{ ...LIST, Action: "s3:*" }, allow("s3:*")],
  },
  { id: "put-only", about: "custom host, PutObject only", policy: [allow(PUT)] },
  {
    id: "put-prefix",
    about: "custom host, PutObject below kollect/ only, prefix kollect",
    policy: [allow(PUT, "kollect/*")],
  },
  {
    id: "put-inventory",
    about: "custom host, PutObject below inventory/",
    policy: [allow(PUT, "kollect/inventory/*")],
  },
  {
    id: "put-elsewhere",
    about: "custom host, PutObject below another prefix",
    policy: [allow(PUT, "other/*")],
  },
  {
    id: "list-get",
    about: "custom host, ListBucket and GetObject only",
    policy: [LIST, allow("s3:GetObject")],
  },
  { id: "none", about: "custom host, no right", policy: [] },
]);

const REGION = { options: { region: "us-east-1" } };
const after =
  (name: string, more: string) =>
  (owner: Keys): Keys => ({ ...owner, [name]: `${owner[name] ?? ""}${more}` });

const SETTINGS: readonly OwnerRow[] = [
  { id: "hmac", about: "custom host, HMAC names accessKeyID/secretAccessKey" },
  {
    id: "hmac-aws",
    about: "custom host, HMAC names AWS_ACCESS_KEY_ID/AWS_SECRET_ACCESS_KEY",
    keys: ({ accessKeyID = "", secretAccessKey = "" }) => ({
      AWS_ACCESS_KEY_ID: accessKeyID,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }),
  },
  { id: "region-us", about: "custom host, options.region us-east-1", spec: REGION },
  { id: "region-auto", about: "custom host, options.region auto", spec: { options: { region: "auto" } } },
  { id: "eu-none", about: "custom host in eu-central-1, no region", server: "europe", fact: "S" },
  {
    id: "eu-option",
    about: "custom host in eu-central-1, options.region eu-central-1",
    server: "europe",
    spec: { options: { region: "eu-central-1" } },
  },
  { id: "no-prefix", about: "custom host, no prefix", path: BUCKET },
  { id: "no-bucket", about: "custom host without a bucket", path: "" },
  { id: "bucket-missing", about: "custom host, bucket missing", path: "nobkt/kollect", fact: "S" },
  { id: "query", about: "custom host with a query", path: `${BUCKET}/kollect?x=y` },
  {
    id: "userinfo",
    about: "custom host with userinfo",
    endpoint: ({ plain: { host, port } }) => `http://me:pw@${host}:${port}/${BUCKET}/kollect`,
  },
  { id: "wrong-secret", about: "custom host, wrong secret key", keys: after("secretAccessKey", "1") },
  {
    id: "newline",
    about: "custom host, newline at the end of the secret key",
    keys: after("secretAccessKey", "\n"),
  },
  {
    id: "key-newline",
    about: "custom host, newline at the end of the access key",
    keys: after("accessKeyID", "\n"),
  },
  { id: "session-bogus", about: "custom host, bogus session token", keys: after("sessionToken", "bogus") },
  { id: "session-blank", about: "custom host, empty session token", keys: after("sessionToken", "") },
  {
    id: "both-credentials",
    about: "custom host, HMAC and a service account's credentials.json (garbage)",
    keys: after("credentials.json", "{"),
  },
  {
    id: "key-json",
    about: "a service account's key file under another name",
    keys: () => ({ "key.json": "{}" }),
  },
  { id: "no-secret", about: "custom host, no Secret", keys: null },
  { id: "secret-dangling", about: "spec.secretRef names no Secret", spec: { secretRef: { name: "nope" } } },
  { id: "gs-url", about: "gs://bucket/prefix", endpoint: () => `gs://${BUCKET}/kollect` },
  { id: "gs-bucket", about: "gs://bucket", endpoint: () => `gs://${BUCKET}` },
  { id: "bucket-path", about: "bucket/prefix, which is one at AWS", endpoint: () => `${BUCKET}/kollect` },
];

const HTTPS: readonly TruthRow<GcsServers>[] = [
  {
    id: "https-ca",
    about: "custom host, private CA, caBundle",
    fact: "C",
    setUp: ({ secure, authority }) =>
      Promise.resolve(
        sinkAt(`https://localhost:${secure.port}/${BUCKET}/kollect`, {
          type: "gcs",
          keys: { ...secure.root },
          spec: { tls: { caBundle: Buffer.from(authority.cert).toString("base64") } },
        }),
      ),
  },
  {
    id: "json-only",
    about: "a service account's credentials.json alone",
    fact: "C",
    standIn: "Google's token endpoint and testIamPermissions, before fake-gcs-server",
    setUp: ({ google, account, authority }) =>
      Promise.resolve(
        sinkAt(`https://localhost:${google.port}/${BUCKET}/kollect`, {
          type: "gcs",
          keys: { "credentials.json": google.keyFile(account) },
          spec: { tls: { caBundle: Buffer.from(authority.cert).toString("base64") } },
        }),
      ),
  },
];

export const GCS_ROWS: readonly TruthRow<GcsServers>[] = [
  ...(RIGHTS as S3Row[]),
  ...ownerRows("gcs", SETTINGS),
  ...HTTPS,
];
