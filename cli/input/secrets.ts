import type { Secret } from "../../capabilities/domain/ports";
import { isBase64 } from "../../capabilities/lib/base64";
import { clean } from "../../capabilities/probes/messages";
import { usage } from "../command-failure";
import { isObject, type Manifest } from "./documents";

/** A Secret that is not in the files, but that one of their objects creates in the cluster. */
export interface Maker {
  readonly namespace: string;
  readonly name: string;
  /** Such as `ExternalSecret orders`. */
  readonly by: string;
}

/** Whether the API server decodes it: padded, and with line breaks only. */
function isData(value: string): boolean {
  const packed = value.replace(/[\r\n]/g, "");
  return packed === "" || isBase64(packed);
}

/** The Secret of a manifest, decoded. Throws `CommandFailure`, which names keys and no value. */
export function secretOf(manifest: Manifest, defaultNamespace: string): Secret {
  const { namespace, name } = namesOf(manifest, defaultNamespace);
  const { data, stringData } = manifest;
  const values = new Map<string, Buffer>();
  for (const [key, value] of entries(manifest, "data", data)) {
    if (!isData(value)) throw invalid(manifest, `data.${clean(key, 80)} is not base64`);
    values.set(key, Buffer.from(value, "base64"));
  }
  for (const [key, value] of entries(manifest, "stringData", stringData))
    values.set(key, Buffer.from(value, "utf8"));
  return { namespace, name, resourceVersion: "", data: values };
}

/** The maker of a Secret, if a manifest without its values creates it in the cluster; undefined for other manifests. */
export function makerOf(manifest: Manifest, defaultNamespace: string): Maker | undefined {
  const { kind, apiVersion } = manifest;
  const group = apiVersion.split("/")[0] ?? "";
  const own = namesOf(manifest, defaultNamespace);
  if (kind === "Secret" && isObject(manifest["sops"]))
    return { ...own, by: "a file that SOPS has encrypted" };
  const by = `${kind} ${own.name}`;
  if (kind === "ExternalSecret" && group === "external-secrets.io") {
    return { ...own, name: textAt(manifest, "spec", "target", "name") ?? own.name, by };
  }
  if (kind === "SealedSecret" && group === "bitnami.com") {
    return { ...own, name: textAt(manifest, "spec", "template", "metadata", "name") ?? own.name, by };
  }
  return undefined;
}

function namesOf({ metadata }: Manifest, defaultNamespace: string): { namespace: string; name: string } {
  // An empty namespace is none, as in the API server.
  return { namespace: textOf(metadata.namespace, 63) || defaultNamespace, name: textOf(metadata.name, 253) };
}

/** Text for messages and keys; empty for a value of another type. */
function textOf(value: unknown, maxBytes: number): string {
  return typeof value === "string" ? clean(value, maxBytes) : "";
}

function entries(manifest: Manifest, field: string, values: unknown): [string, string][] {
  if (values === undefined || values === null) return [];
  if (!isObject(values)) throw invalid(manifest, `${field} must be a map of keys`);
  return Object.entries(values).map(([key, value]) => {
    if (typeof value === "string") return [key, value];
    if (value === null) return [key, ""];
    throw invalid(manifest, `${field}.${clean(key, 80)} must be text: put it in quotes`);
  });
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>((at, member) => (isObject(at) ? at[member] : undefined), value);
  return textOf(found, 253) || undefined;
}

function invalid({ source, metadata }: Manifest, fault: string): Error {
  return usage(`${source}: Secret ${textOf(metadata.name, 80)}: ${fault}`);
}
