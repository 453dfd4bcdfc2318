import type { S3Client } from "@aws-sdk/client-s3";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../net/http-client";
import type { AccessKey } from "../credentials";
import type { BucketAddress } from "../endpoint";
import type * as ClientS3 from "./client-s3";
import { clientSettings } from "./settings";

/** A request to S3, as input of the SDK's commands. The bucket is that of the address. */
export type S3Question =
  | { readonly command: "HeadBucket" }
  | { readonly command: "ListObjectsV2"; readonly prefix: string; readonly maxKeys: number }
  | {
      readonly command: "PutObject";
      readonly key: string;
      readonly body: string;
      readonly contentMd5: string;
    }
  | { readonly command: "DeleteObject"; readonly key: string; readonly versionId?: string };

export interface Asking {
  readonly client: HttpClient;
  readonly address: BucketAddress;
  readonly key: AccessKey;
  /** The operator's clock, in milliseconds since the epoch. */
  readonly now: number;
}

type Sdk = typeof ClientS3;

/**
 * Loads the SDK, which takes a few hundred milliseconds the first time and about 8 MB. So an operator without such sinks
 * does not load it, and a probe loads it before it measures anything.
 */
export function loadSdk(): Promise<Sdk> {
  return import("./client-s3");
}

/**
 * Sends one command of AWS's SDK through the guarded connection. The SDK builds and signs the request; it does not read
 * the answer, because its parser trusts the server. Rejects as {@link HttpClient.request} does.
 */
export async function sendS3(question: S3Question, asking: Asking): Promise<HttpAnswer> {
  const sdk = await loadSdk();
  const { client, ...scope } = asking;
  let sent: Promise<HttpAnswer> | undefined;
  const requestHandler = {
    handle: async (request: SdkRequest) => {
      sent = client.request(httpRequest(request));
      // The caller gets the failure from `sent`, because the SDK would modify it.
      await sent.catch(() => undefined);
      return { response: UNREAD };
    },
  };
  const s3 = quietly(() => new sdk.S3Client(clientSettings({ ...scope, requestHandler })));
  try {
    adapt(s3);
    await run(s3, question, { sdk, bucket: asking.address.bucket });
  } finally {
    s3.destroy();
  }
  if (sent === undefined) throw new Error("the SDK sent nothing");
  return sent;
}

/** The answer that the SDK gets instead of the server's. */
const UNREAD = { statusCode: 200, headers: {}, body: new Uint8Array() };

/** A request as the SDK passes it to its handler. */
interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function httpRequest({ method, path, query = {}, headers, body }: SdkRequest): HttpRequest {
  return {
    method: method as HttpRequest["method"],
    path: path + queryText(query),
    headers,
    ...(typeof body === "string" ? { body } : {}),
  };
}

function queryText(query: NonNullable<SdkRequest["query"]>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encode(name)}=${encode(String(value ?? ""))}`,
  );
  return pairs.length > 0 ? `?${pairs.sort().join("&")}` : "";
}

/** RFC 3986 encoding for signatures, unlike `encodeURIComponent`, which leaves some reserved characters unencoded. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Steps of the SDK that read the environment, or send unnecessary information about the machine. */
const LEFT_OUT = ["getUserAgentMiddleware", "recursionDetectionMiddleware"];

function adapt({ middlewareStack }: S3Client): void {
  for (const name of LEFT_OUT) middlewareStack.remove(name);
  middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { path: string };
      // The exporter's SDK requests `/bucket`, this one `/bucket/`.
      if (request.path.length > 1) request.path = request.path.replace(/\/$/, "");
      return next(args);
    },
    { name: "pathOfExporter", step: "build" },
  );
}

async function run(
  s3: S3Client,
  question: S3Question,
  { sdk, bucket }: { readonly sdk: Sdk; readonly bucket: string },
): Promise<void> {
  const Bucket = bucket;
  switch (question.command) {
    case "HeadBucket":
      await s3.send(new sdk.HeadBucketCommand({ Bucket }));
      break;
    case "ListObjectsV2": {
      const { prefix: Prefix, maxKeys: MaxKeys } = question;
      await s3.send(new sdk.ListObjectsV2Command({ Bucket, Prefix, MaxKeys }));
      break;
    }
    case "PutObject": {
      const { key: Key, body: Body, contentMd5: ContentMD5 } = question;
      await s3.send(new sdk.PutObjectCommand({ Bucket, Key, Body, ContentMD5 }));
      break;
    }
    case "DeleteObject": {
      const { key: Key, versionId: VersionId } = question;
      await s3.send(new sdk.DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
  }
}

/**
 * Creates a client without the SDK's warning about versions of Node.js, which no setting turns off: the operator's
 * image decides the version, and the SDK works with it. The SDK warns synchronously, so no other warning is lost.
 */
function quietly<T>(make: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return make();
  } finally {
    process.emitWarning = emitWarning;
  }
}
