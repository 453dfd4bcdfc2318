import type { JsonSchema } from "../../capabilities/api/schema";
import { row, table } from "./markdown";

/** One field of a schema, with its path from the root of the object. */
export interface Field {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** All fields below `schema`, in their order; those of list items have `[]` in their path. */
export function fieldsOf(schema: JsonSchema, path: string): Field[] {
  const items = schema.items;
  if (items !== undefined) return fieldsOf(items, `${path}[]`);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const here = `${path}.${name}`;
    const required = schema.required?.includes(name) === true;
    return [{ path: here, schema: member, required }, ...fieldsOf(member, here)];
  });
}

/** Display name of a type, such as `time`, `[]string` or `map of string`. */
export function typeName(schema: JsonSchema): string {
  if (schema.type === "array") return `[]${schema.items === undefined ? "any" : typeName(schema.items)}`;
  if (schema.additionalProperties !== undefined) return `map of ${typeName(schema.additionalProperties)}`;
  if (schema.format === "date-time") return "time";
  if (schema.format === "byte") return "base64";
  return schema.format ?? schema.type;
}

/** Bounds and allowed values, as short text. */
export function ruleOf(schema: JsonSchema): string {
  const { minimum, maximum } = schema;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(", ");
  if (schema.pattern !== undefined)
    return `DNS-1123 name, ${schema.minLength}-${schema.maxLength} characters`;
  if (maximum !== undefined && maximum < 2 ** 31 - 1) return `${minimum}-${maximum}`;
  return minimum === undefined ? "" : `at least ${minimum}`;
}

function fallback(schema: JsonSchema): string {
  return schema.default === undefined ? "" : `\`${String(schema.default)}\``;
}

/** A table of fields: path, type, required, default, rule, description. */
export function fieldTable(fields: readonly Field[], requiredWord: (field: Field) => string): string {
  return table(
    ["Field", "Type", "Required", "Default", "Rule", "Description"],
    fields.map((field) =>
      row(
        `\`${field.path}\``,
        typeName(field.schema),
        requiredWord(field),
        fallback(field.schema),
        ruleOf(field.schema),
        field.schema.description ?? "",
      ),
    ),
  );
}
