import type { JsonSchema } from "../../capabilities/api/schema";

/** A value that a schema admits, with every member set. */
export function exampleOf(schema: JsonSchema): unknown {
  if (schema.type !== "object") return exampleValue(schema);
  if (schema.additionalProperties !== undefined) return { key: exampleOf(schema.additionalProperties) };
  const members = Object.entries(schema.properties ?? {});
  return Object.fromEntries(members.map(([name, member]) => [name, exampleOf(member)]));
}

function exampleValue(schema: JsonSchema): unknown {
  if (schema.type === "integer") return schema.minimum ?? 1;
  if (schema.type === "boolean") return true;
  if (schema.type === "array") return schema.items === undefined ? [] : [exampleOf(schema.items)];
  return schema.enum?.[0] ?? (schema.format === "byte" ? "dGV4dA==" : "text");
}

/** A way to spoil an example: the path of a member, and what to put there; undefined removes it. */
export interface Spoiling {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly why: string;
}

function spoiled(path: readonly string[], value: unknown, why: string): Spoiling {
  return { path, value, why };
}

function spoilingsOfValue(schema: JsonSchema, path: readonly string[]): Spoiling[] {
  const wrongType = schema.type === "string" ? 1 : "text";
  return [
    spoiled(path, wrongType, `is not of type ${schema.type}`),
    ...(schema.enum === undefined ? [] : [spoiled(path, "nonsense", "is no allowed word")]),
    ...(schema.minimum === undefined ? [] : [spoiled(path, schema.minimum - 1, "is below the minimum")]),
    ...(schema.format === "byte" ? [spoiled(path, "not base64!", "is not base64")] : []),
    ...(schema.additionalProperties === undefined
      ? []
      : [spoiled([...path, "key"], 1, "is not of type string")]),
    ...(schema.items === undefined ? [] : [spoiled(path, [1], "has an item of another type")]),
  ];
}

/** Every single thing that a schema refuses: wrong types and values, members that are missing or misspelt. */
export function spoilingsOf(schema: JsonSchema, path: readonly string[]): Spoiling[] {
  const members = Object.entries(schema.properties ?? {});
  const known = members.length === 0 ? [] : [spoiled([...path, "misspelt"], "text", "is unknown")];
  return [
    ...spoilingsOfValue(schema, path),
    ...known,
    ...(schema.required ?? []).map((name) => spoiled([...path, name], undefined, "is missing")),
    ...members.flatMap(([name, member]) => spoilingsOf(member, [...path, name])),
  ];
}

/** A copy of `value` with one member spoiled. */
export function spoil(value: unknown, [name, ...rest]: readonly string[], replacement: unknown): unknown {
  if (name === undefined) return replacement;
  const object = value as Record<string, unknown>;
  const member = spoil(object[name], rest, replacement);
  return { ...object, [name]: member };
}
