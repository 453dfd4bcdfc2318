import type { TruthCase } from "../../../lab/truth/row";
import { ownerRows, sinkAt, urlOf, ownerKeys, type Keys, type OwnerRow, type S3Row } from "./cases";
import { BUCKET, type S3Servers } from "./server";

const without =
  (name: string) =>
  (owner: Keys): Keys =>
    Object.fromEntries(Object.entries(owner).filter(([key]) => key !== name));
const after =
  (name: string, more: string) =>
  (owner: Keys): Keys => ({ ...owner, [name]: `${owner[name] ?? ""}${more}` });

/** How the Secret is written. */
const KEYS: readonly OwnerRow[] = [
  { id: "root", about: "owner's keys, prefix" },
  {
    id: "aws-spelling",
    about: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    keys: ({ accessKeyID = "", secretAccessKey = "" }) => ({
      AWS_ACCESS_KEY_ID: accessKeyID,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }),
  },
  {
    id: "both-spellings",
    about: "both spellings, the second one of a key that does not exist",
    keys: (owner) => ({ ...owner, AWS_ACCESS_KEY_ID: "NOBODYKNOWS0001", AWS_SECRET_ACCESS_KEY: "x" }),
  },
  {
    id: "first-blank",
    about: "accessKeyID empty, AWS_ACCESS_KEY_ID good",
    keys: ({ accessKeyID = "", ...owner }) => ({ ...owner, accessKeyID: "", AWS_ACCESS_KEY_ID: accessKeyID }),
  },
  { id: "unknown-key", about: "unknown access key", keys: after("accessKeyID", "0001") },
  { id: "wrong-secret", about: "wrong secret key", keys: after("secretAccessKey", "1") },
  {
    id: "swapped",
    about: "the two keys swapped",
    keys: ({ accessKeyID = "", secretAccessKey = "" }) => ({
      accessKeyID: secretAccessKey,
      secretAccessKey: accessKeyID,
    }),
  },
  { id: "key-only", about: "access key without secret key", keys: without("secretAccessKey") },
  { id: "secret-only", about: "secret key without access key", keys: without("accessKeyID") },
  { id: "keys-missing", about: "Secret without any of the keys", keys: () => ({ user: "x" }) },
  { id: "no-secret", about: "no Secret, no ambient identity", keys: null },
  { id: "key-newline", about: "access key with a newline at its end", keys: after("accessKeyID", "\n") },
  { id: "key-space", about: "access key with a space at its end", keys: after("accessKeyID", " ") },
  {
    id: "secret-newline",
    about: "secret key with a newline at its end",
    keys: after("secretAccessKey", "\n"),
  },
  { id: "secret-crlf", about: "secret key with CRLF at its end", keys: after("secretAccessKey", "\r\n") },
  { id: "secret-space", about: "secret key with a space at its end", keys: after("secretAccessKey", " ") },
  { id: "session-blank", about: "sessionToken empty", keys: after("sessionToken", "") },
  {
    id: "session-bogus",
    about: "a session token that was never issued",
    keys: after("sessionToken", "bogus"),
  },
  {
    id: "session-newline",
    about: "AWS_SESSION_TOKEN that is only a newline",
    keys: after("AWS_SESSION_TOKEN", "\n"),
  },
  {
    id: "secret-dangling",
    about: "spec.secretRef names no Secret",
    spec: { secretRef: { name: "nope" } },
  },
];

/** How the endpoint is written. */
const ENDPOINTS: readonly OwnerRow[] = [
  { id: "no-prefix", about: "no prefix", path: BUCKET },
  { id: "slashes", about: "slashes at the end", path: `${BUCKET}/kollect//` },
  { id: "deep", about: "a prefix of several parts", path: `${BUCKET}/a/b/c` },
  { id: "escapes", about: "percent escapes in the prefix", path: `${BUCKET}/a%20b/%2Bc` },
  { id: "no-bucket", about: "endpoint without a bucket", path: "" },
  { id: "bucket-missing", about: "bucket missing", path: "nobkt/kollect", fact: "S" },
  { id: "query", about: "endpoint with a query", path: `${BUCKET}/kollect?region=x` },
  { id: "fragment", about: "endpoint with a fragment", path: `${BUCKET}/kollect#x` },
  {
    id: "userinfo",
    about: "endpoint with userinfo",
    endpoint: ({ plain: { host, port } }) => `http://me:pw@${host}:${port}/${BUCKET}/kollect`,
  },
  {
    id: "scheme-upper",
    about: "endpoint with HTTP:// in capitals",
    endpoint: ({ plain: { host, port } }) => `HTTP://${host}:${port}/${BUCKET}/kollect`,
  },
  {
    id: "scheme-s3-upper",
    about: "S3:// in capitals, which is no address of AWS",
    endpoint: () => `S3://${BUCKET}/kollect`,
  },
  {
    id: "scheme",
    about: "endpoint with a scheme that is not http",
    endpoint: ({ plain: { host, port } }) => `minio://${host}:${port}/${BUCKET}`,
  },
  {
    id: "bucket-in-host",
    about: "bucket in the host of a server that wants it in the path",
    endpoint: ({ plain: { port } }) => `http://${BUCKET}.localhost:${port}/kollect`,
  },
  {
    id: "plain-to-tls",
    about: "http:// to a port with TLS",
    endpoint: ({ secure: { port } }) => `http://localhost:${port}/${BUCKET}`,
  },
  {
    id: "tls-to-plain",
    about: "https:// to a port without TLS",
    endpoint: ({ plain: { port } }) => `https://localhost:${port}/${BUCKET}`,
  },
];

/** Which region the sink says, and the server has. */
const REGIONS: readonly OwnerRow[] = [
  { id: "eu-none", about: "server eu-central-1, no region", server: "europe", fact: "S" },
  {
    id: "eu-option",
    about: "server eu-central-1, options.region eu-central-1",
    server: "europe",
    spec: { options: { region: "eu-central-1" } },
  },
  {
    id: "eu-other",
    about: "server eu-central-1, options.region eu-west-1",
    server: "europe",
    spec: { options: { region: "eu-west-1" } },
  },
  { id: "us-option", about: "options.region us-east-1", spec: { options: { region: "us-east-1" } } },
  {
    id: "us-other",
    about: "server us-east-1, options.region eu-west-1",
    spec: { options: { region: "eu-west-1" } },
  },
  { id: "region-empty", about: "options.region empty", spec: { options: { region: "" } } },
];

const GARBAGE = Buffer.from("no certificate").toString("base64");

/** What spec.tls says. */
const TLS: readonly OwnerRow[] = [
  {
    id: "ca-dangling",
    about: "http endpoint, caSecretRef dangling",
    spec: { tls: { caSecretRef: { name: "nope" } } },
  },
  {
    id: "ca-without-key",
    about: "caSecretRef without a known key",
    spec: { tls: { caSecretRef: { name: "ca" } } },
    secrets: { ca: { other: "x" } },
  },
  { id: "ca-garbage", about: "http endpoint, caBundle garbage", spec: { tls: { caBundle: GARBAGE } } },
  {
    id: "skip-http",
    about: "http endpoint, insecureSkipVerify",
    spec: { tls: { insecureSkipVerify: true } },
  },
];

function https(
  id: string,
  about: string,
  spec: (servers: S3Servers) => Pick<Parameters<typeof sinkAt>[1] & object, "spec" | "secrets">,
): S3Row {
  const setUp = (servers: S3Servers): Promise<TruthCase> => {
    const url = urlOf(servers.secure).replace("http://127.0.0.1", "https://localhost");
    return Promise.resolve(sinkAt(url, { keys: ownerKeys(servers.secure), ...spec(servers) }));
  };
  return { id, about, fact: "C", setUp };
}

const HTTPS: readonly S3Row[] = [
  https("https-none", "private CA, no tls", () => ({})),
  https("https-skip", "private CA, insecureSkipVerify", () => ({
    spec: { tls: { insecureSkipVerify: true } },
  })),
  https("https-bundle", "private CA, caBundle", ({ authority }) => ({
    spec: { tls: { caBundle: Buffer.from(authority.cert).toString("base64") } },
  })),
  https("https-secret", "private CA, caSecretRef", ({ authority }) => ({
    spec: { tls: { caSecretRef: { name: "ca" } } },
    secrets: { ca: { "ca.crt": authority.cert } },
  })),
  https("https-empty", "private CA, tls: {}", () => ({ spec: { tls: {} } })),
];

export const SETTINGS: readonly S3Row[] = [
  ...ownerRows("s3", [...KEYS, ...ENDPOINTS, ...REGIONS, ...TLS]),
  ...HTTPS,
];
