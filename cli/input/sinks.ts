import type { ErrorObject } from "ajv";
import type { Sink } from "../../capabilities/api/types";
import { isDnsLabel, isDnsSubdomain } from "../../capabilities/api/names";
import type { SinkKind } from "../../capabilities/api/vocabulary";
import { clean } from "../../capabilities/probes/messages";
import { usage } from "../command-failure";
import type { Manifest } from "./documents";
import { validatorOf } from "./validators";

/** The sink of a manifest, with the schema's defaults. Throws `CommandFailure` for what the API server would refuse. */
export function sinkOf(manifest: Manifest, defaultNamespace: string): Sink {
  const { name, namespace: given, ...metadata } = manifest.metadata;
  // An empty namespace is none, as in the API server.
  const namespace = given === "" ? defaultNamespace : (given ?? defaultNamespace);
  if (typeof name !== "string" || !isDnsSubdomain(name))
    throw invalid(manifest, "metadata.name must be a name: lower case letters, digits, '-' and '.'");
  if (typeof namespace !== "string" || !isDnsLabel(namespace))
    throw invalid(manifest, "metadata.namespace must be a name: lower case letters, digits and '-'");
  const spec = structuredClone(manifest["spec"]);
  const validate = validatorOf(manifest.kind as SinkKind);
  if (!validate(spec)) throw invalid(manifest, faultOf(validate.errors?.[0]));
  const { apiVersion, kind } = manifest;
  const set = { uid: `${kind}/${namespace}/${name}`, generation: 1, name, namespace };
  return { apiVersion, kind, metadata: { ...metadata, ...set }, spec } as unknown as Sink;
}

/** Names the field and the schema's requirement, never the value. */
function faultOf(error: ErrorObject | undefined): string {
  const field = clean(`spec${(error?.instancePath ?? "").replaceAll("/", ".")}`, 120);
  if (error?.keyword === "required") return `${field}.${error.params["missingProperty"]} is missing`;
  if (error?.keyword === "enum") {
    return `${field} must be one of ${(error.params["allowedValues"] as string[]).join(", ")}`;
  }
  return `${field} ${error?.message ?? "does not fit the schema"}`;
}

function invalid({ kind, metadata, source }: Manifest, fault: string): Error {
  const name = typeof metadata.name === "string" ? ` ${clean(metadata.name, 80)}` : "";
  return usage(`${source}: ${kind}${name}: ${fault}`);
}
