import { posix } from "node:path";
import type { KollectSnapshotSink } from "../../api/types";

/** No inventory can have this name. */
const NAME = ".kollect-connection-test";
const DEFAULT_TEMPLATE = "inventory/{namespace}/{name}.json";

export interface ObjectPath {
  /** The key of an object that no export writes, where the exporter puts an inventory of the namespace. */
  readonly key: string;
  /** What every key of an export begins with. */
  readonly below: string;
}

/**
 * Where the exporter puts the objects of a sink: by `spec.pathTemplate`, or for Parquet by a path of its own, below the
 * prefix of the endpoint. Source: `objectstore/path.go` and `s3/backend.go` of the exporter.
 */
export function objectPath(
  spec: Pick<KollectSnapshotSink["spec"], "pathTemplate" | "objectStore" | "cluster">,
  { namespace, prefix }: { readonly namespace: string; readonly prefix: string },
): ObjectPath {
  const isParquet = spec.objectStore?.format?.trim().toLowerCase() === "parquet";
  const template = isParquet ? parquetTemplate(spec.cluster) : spec.pathTemplate?.trim() || DEFAULT_TEMPLATE;
  const rendered = render(template, spec.cluster?.trim() || "default", namespace);
  const path = rendered.includes(NAME) ? rendered : posix.join(posix.dirname(rendered), `${NAME}.json`);
  const fixed = template.slice(0, template.search(/\{|$/)).replace(/[^/]*$/, "");
  return { key: joined(prefix, path), below: joined(prefix, fixed) };
}

/** As Go's `path.Join`, which is not called without a prefix. */
function joined(prefix: string, path: string): string {
  return prefix === "" ? path : posix.join(prefix, path);
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

/** With the cluster in it, which belongs to what every key begins with. */
function parquetTemplate(cluster = ""): string {
  const segment = cluster.trim().replaceAll(/[^a-zA-Z0-9._-]+/g, "_") || "default";
  return `inventory/cluster=${segment}/ns={namespace}/name={name}/generation={generation}.parquet`;
}
