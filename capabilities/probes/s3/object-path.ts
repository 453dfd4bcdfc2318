import { posix } from "node:path";
import type { KollectSnapshotSink } from "../../api/types";
import { failed } from "../../domain/failure";

/** A name that no inventory can have. */
const NAME = ".kollect-connection-test";
const DEFAULT_TEMPLATE = "inventory/{namespace}/{name}.json";

/** Longest key of S3 and of every store with its API, in bytes. */
const MAX_KEY_BYTES = 1024;

export interface ObjectPath {
  /** The key of an object that no export writes, at the place of the namespace's inventories. */
  readonly key: string;
  /** Common prefix of all keys of exports. */
  readonly below: string;
}

/**
 * Location of a sink's objects: from `spec.pathTemplate`, or for Parquet a fixed path, below the
 * prefix of the endpoint. Source: `objectstore/path.go` and `s3/backend.go` of the exporter.
 * Throws `FailureError` `InvalidConfiguration` for a path that is too long to be a key.
 */
export function objectPath(
  spec: Pick<KollectSnapshotSink["spec"], "pathTemplate" | "objectStore" | "cluster">,
  { namespace, prefix }: { readonly namespace: string; readonly prefix: string },
): ObjectPath {
  const isParquet = spec.objectStore?.format?.trim().toLowerCase() === "parquet";
  const template = isParquet ? parquetTemplate(spec.cluster) : spec.pathTemplate?.trim() || DEFAULT_TEMPLATE;
  const rendered = render(template, spec.cluster?.trim() || "default", namespace);
  checkLength(rendered, isParquet ? undefined : spec.pathTemplate);
  const path = rendered.includes(NAME) ? rendered : posix.join(posix.dirname(rendered), `${NAME}.json`);
  const fixed = upToSlash(template.split("{", 1).join(""));
  return { key: joined(prefix, path), below: joined(prefix, fixed) };
}

/** The text up to its last slash. */
function upToSlash(text: string): string {
  return text.slice(0, text.lastIndexOf("/") + 1);
}

/** Joins as Go's `path.Join` does, which the exporter does not call without a prefix. */
function joined(prefix: string, path: string): string {
  return prefix === "" ? path : posix.join(prefix, path);
}

/** Before anything is computed from it: a template can repeat the cluster's name a thousand times. */
function checkLength(path: string, template: string | undefined): void {
  if (Buffer.byteLength(path) <= MAX_KEY_BYTES) return;
  const fields = template === undefined ? "spec.cluster makes" : "spec.pathTemplate and spec.cluster make";
  throw failed(
    "InvalidConfiguration",
    `${fields} a path of more than ${MAX_KEY_BYTES} bytes, which no store accepts as a key. Shorten it.`,
  );
}

function render(template: string, cluster: string, namespace: string): string {
  const values: Readonly<Record<string, string>> = {
    cluster,
    namespace,
    name: NAME,
    generation: "0",
    extension: ".json",
  };
  return template.replaceAll(/\{([a-z]+)\}/g, (written, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? "") : written,
  );
}

/** The path for Parquet, with the cluster, which belongs to the common prefix. */
function parquetTemplate(cluster = ""): string {
  const segment = cluster.trim().replaceAll(/[^a-zA-Z0-9._-]+/g, "_") || "default";
  return `inventory/cluster=${segment}/ns={namespace}/name={name}/generation={generation}.parquet`;
}
