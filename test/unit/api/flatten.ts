import type { JsonSchema, KindDefinition } from "../../../capabilities/api/schema";

function listConstraints(schema: JsonSchema): string[] {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  return [
    ...(schema.maxItems === undefined ? [] : [`maxItems ${schema.maxItems}`]),
    ...(type === undefined ? [] : [`listType ${type}${keys === undefined ? "" : ` by ${keys.join(",")}`}`]),
    ...(schema.items === undefined ? [] : [`of ${schema.items.type}`]),
  ];
}

function constraints(schema: JsonSchema): string[] {
  const map = schema.additionalProperties;
  return [
    ...(schema.format === undefined ? [] : [`format ${schema.format}`]),
    ...(schema.enum === undefined ? [] : [`enum ${schema.enum.join("|")}`]),
    ...(schema.minimum === undefined ? [] : [`minimum ${schema.minimum}`]),
    ...(schema.maximum === undefined ? [] : [`maximum ${schema.maximum}`]),
    ...(schema.minLength === undefined ? [] : [`minLength ${schema.minLength}`]),
    ...(schema.maxLength === undefined ? [] : [`maxLength ${schema.maxLength}`]),
    ...(schema.pattern === undefined ? [] : [`pattern ${schema.pattern}`]),
    ...(schema.default === undefined ? [] : [`default ${String(schema.default)}`]),
    ...listConstraints(schema),
    ...(map === undefined ? [] : [`map of ${map.type}`]),
  ];
}

function flatten(schema: JsonSchema, path: string, required: boolean): string[] {
  const self = [schema.type, ...(required ? ["required"] : []), ...constraints(schema)].join("; ");
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    flatten(member, `${path}.${name}`, schema.required?.includes(name) === true),
  );
  const items = schema.items?.type === "object" ? flatten(schema.items, `${path}[]`, false) : [];
  return [`${path}: ${self}`, ...members, ...items];
}

/** Every field of a kind as one line: path, type, then every constraint of it. Sorted. */
export function flattened(kind: KindDefinition): string[] {
  return [...flatten(kind.spec, "spec", true), ...flatten(kind.status, "status", false)].sort();
}
