import {
  createCipheriv,
  createHash,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  type BinaryLike,
} from "node:crypto";
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";

export type MinioKey = Readonly<Record<"accessKeyID" | "secretAccessKey", string>>;
export type TemporaryKey = MinioKey & Readonly<Record<"sessionToken", string>>;

/** Where MinIO's own API is asked, and as whom. */
export interface MinioOrigin {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly root: MinioKey;
  /** It speaks TLS. */
  readonly secure?: boolean;
}

interface AdminRequest {
  readonly method: "PUT" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly service?: "s3" | "sts";
  readonly as?: MinioKey;
}

/** Gives a user these rights, as a policy of the user's own. */
export async function setUser(
  origin: MinioOrigin,
  user: MinioKey,
  statements: readonly object[],
): Promise<void> {
  const { accessKeyID: name, secretAccessKey: secretKey } = user;
  const body = encrypted(origin.root, JSON.stringify({ secretKey, status: "enabled" }));
  const admin = "/minio/admin/v3";
  await send(origin, { method: "PUT", path: `${admin}/add-user`, query: { accessKey: name }, body });
  // A policy needs a statement; this one gives nothing in the buckets of the tests.
  const nothing = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::no-such-bucket/*" };
  const policy = { Version: "2012-10-17", Statement: statements.length > 0 ? statements : [nothing] };
  await send(origin, {
    method: "PUT",
    path: `${admin}/add-canned-policy`,
    query: { name },
    body: Buffer.from(JSON.stringify(policy)),
  });
  const query = { isGroup: "false", policyName: name, userOrGroup: name };
  await send(origin, { method: "PUT", path: `${admin}/set-user-or-group-policy`, query });
}

/** A key of the user's that lives an hour and needs its session token. */
export async function temporaryKey(origin: MinioOrigin, user: MinioKey): Promise<TemporaryKey> {
  const form = { Action: "AssumeRole", Version: "2011-06-15", DurationSeconds: "3600" };
  const body = Buffer.from(new URLSearchParams(form).toString());
  const xml = await send(origin, { method: "POST", path: "/", body, service: "sts", as: user });
  const value = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1] ?? "";
  return {
    accessKeyID: value("AccessKeyId"),
    secretAccessKey: value("SecretAccessKey"),
    sessionToken: value("SessionToken"),
  };
}

/** Creates an empty bucket of root's. */
export async function createBucket(origin: MinioOrigin, bucket: string): Promise<void> {
  await send(origin, { method: "PUT", path: `/${bucket}` });
}

async function send(origin: MinioOrigin, request: AdminRequest): Promise<string> {
  const query = new URLSearchParams(request.query).toString();
  const { status, text } = await ask(origin, request, query);
  if (status < 200 || status > 299) throw new Error(`MinIO ${request.path}: HTTP ${status} ${text}`);
  return text;
}

function ask(
  origin: MinioOrigin,
  request: AdminRequest,
  query: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const { host, port, secure = false } = origin;
  return new Promise((resolve, reject) => {
    const asked = (secure ? overHttps : overHttp)({
      ...{ host, port, method: request.method, agent: false, timeout: 30_000 },
      path: `${request.path}${query === "" ? "" : `?${query}`}`,
      headers: signature(origin, request, query),
      // The tests may have given it a certificate that has expired.
      rejectUnauthorized: false,
    });
    asked.once("error", reject);
    asked.once("timeout", () => asked.destroy(new Error("MinIO did not answer within 30 s")));
    asked.once("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.once("error", reject).once("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.end(request.body);
  });
}

/** AWS Signature Version 4, written out because the SDKs know nothing of MinIO's own API. */
function signature(
  { host, port, region, root }: MinioOrigin,
  { method, path, body = Buffer.alloc(0), service = "s3", as = root }: AdminRequest,
  query: string,
): Record<string, string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const digest = hash(body);
  const type: Record<string, string> =
    service === "sts" ? { "content-type": "application/x-www-form-urlencoded" } : {};
  const headers: Record<string, string> = {
    ...type,
    host: `${host}:${port}`,
    "x-amz-content-sha256": digest,
    "x-amz-date": time,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, query, lines.join(""), names, digest].join("\n");
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), hash(canonical)].join("\n");
  const key = scope.reduce<BinaryLike>((secret, part) => hmac(secret, part), `AWS4${as.secretAccessKey}`);
  const signed = hmac(key, text).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${as.accessKeyID}/${scope.join("/")}, SignedHeaders=${names}, Signature=${signed}`;
  const { host: _, ...sent } = headers;
  return { ...sent, authorization };
}

/**
 * A body of MinIO's admin API: salt, 2 (PBKDF2 and AES-256-GCM), nonce, and the text as the one fragment of a stream.
 * Source: madmin-go's encrypt.go, sio-go's sio.go.
 */
function encrypted({ secretAccessKey }: MinioKey, text: string): Buffer {
  const salt = randomBytes(32);
  const nonce = randomBytes(8);
  const key = pbkdf2Sync(secretAccessKey, salt, 8192, 32, "sha256");
  const sealed = (sequence: number, data: string, associated: Buffer): Buffer => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32LE(sequence);
    const cipher = createCipheriv("aes-256-gcm", key, Buffer.concat([nonce, counter])).setAAD(associated);
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  };
  const header = sealed(0, "", Buffer.alloc(0));
  const LAST = Buffer.from([0x80]);
  return Buffer.concat([salt, Buffer.from([2]), nonce, sealed(1, text, Buffer.concat([LAST, header]))]);
}

function hash(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: BinaryLike, text: string): Buffer {
  return createHmac("sha256", key as string)
    .update(text)
    .digest();
}
