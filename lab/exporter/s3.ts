import { posix } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { KollectSnapshotSink } from "../../capabilities/api/types";
import type { Exporter, ExportOutcome, TruthCase } from "../truth/row";

/**
 * What Kollect's exporter does with an s3 sink, by AWS's SDK for JavaScript (facts/exporter.md, 2.8 and 2.0): every
 * export is one PutObject to `prefix/inventory/<namespace>/<name>.json`, with a CRC32 checksum and up to three
 * attempts; nothing is asked before. The region is us-east-1 whatever the sink says, a URL is always read with the
 * bucket in its path, and its user, password and query are dropped. The keys are taken to the last byte; session token
 * and `spec.tls` are ignored, but the Secrets that the sink names must exist.
 */
export const exportToS3: Exporter = async (truthCase, { items, signal }) => {
  try {
    const { client, bucket, prefix } = construct(truthCase);
    try {
      for (const round of [1, 2]) {
        const body = JSON.stringify({ round, items: Array.from({ length: items }, (_, index) => index) });
        const path = objectPath(truthCase.sink, round);
        const key = prefix === "" ? path : posix.join(prefix, path);
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }), {
          abortSignal: signal,
        });
      }
    } finally {
      client.destroy();
    }
    return { works: true };
  } catch (error) {
    return error instanceof NotConstructed ? failedAt("construction", error) : failedAt("PutObject", error);
  }
};

/** By the template of the sink, or as it is for Parquet; the generation grows with every export. */
function objectPath({ metadata: { namespace = "" }, spec }: TruthCase["sink"], generation: number): string {
  const { pathTemplate = "", objectStore, cluster = "" } = spec as KollectSnapshotSink["spec"];
  if (objectStore?.format === "parquet") {
    const segment = cluster.trim().replace(/[^a-zA-Z0-9._-]+/g, "_") || "default";
    return `inventory/cluster=${segment}/ns=${namespace}/name=truth/generation=${generation}.parquet`;
  }
  return (pathTemplate.trim() || "inventory/{namespace}/{name}.json")
    .replaceAll("{cluster}", cluster.trim() || "default")
    .replaceAll("{namespace}", namespace)
    .replaceAll("{name}", "truth")
    .replaceAll("{generation}", String(generation))
    .replaceAll("{extension}", ".json");
}

/** The exporter refuses the sink before it dials. */
class NotConstructed extends Error {}

function failedAt(step: string, error: unknown): ExportOutcome {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { works: false, step, error: `${name}: ${message}` };
}

interface Constructed {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
}

function construct({ sink, secrets }: TruthCase): Constructed {
  for (const reference of [sink.spec.secretRef, sink.spec.tls?.caSecretRef]) {
    if (reference && !secrets[reference.name]) {
      throw new NotConstructed(`secret "${reference.name}" not found`);
    }
  }
  const { endpoint, bucket, prefix } = readEndpoint(sink.spec.endpoint ?? "");
  const client = new S3Client({
    region: "us-east-1",
    endpoint,
    forcePathStyle: true,
    maxAttempts: 3,
    credentials: credentials(secrets[sink.spec.secretRef?.name ?? ""] ?? {}),
  });
  return { client, bucket, prefix };
}

function readEndpoint(text: string): { endpoint: string; bucket: string; prefix: string } {
  const [, scheme, host, path = ""] =
    /^([a-z][a-z0-9+.-]*):\/\/(?:[^/@]*@)?([^/?#]*)([^?#]*)/i.exec(text) ?? [];
  if (scheme === undefined || /^s3:/.test(text)) throw new Error("AWS, which the lab does not dial");
  const [bucket = "", ...segments] = decodeURIComponent(path)
    .replace(/^\/+|\/+$/g, "")
    .split("/");
  if (bucket === "") throw new NotConstructed("s3 endpoint must include a bucket");
  if (!/^https?$/i.test(scheme)) throw new Error("not a valid URI");
  return { endpoint: `${scheme}://${host}`, bucket, prefix: segments.join("/") };
}

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** Without keys the SDK looks into its environment, which is empty here. */
function credentials(secret: TruthCase["secrets"][string]): () => Promise<Keys> {
  const value = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => secret[key]?.toString()).find((text) => text);
  const accessKeyId = value("accessKeyID", "AWS_ACCESS_KEY_ID");
  const secretAccessKey = value("secretAccessKey", "AWS_SECRET_ACCESS_KEY");
  return () =>
    accessKeyId && secretAccessKey
      ? Promise.resolve({ accessKeyId, secretAccessKey })
      : Promise.reject(new Error("failed to refresh cached credentials"));
}
