import type { JsonSchema, KindDefinition } from "../capabilities/api/schema";

type Names = ReadonlyMap<JsonSchema["properties"], string>;

/** A doc comment, or nothing; long ones are broken at words so that the file stays readable. */
function comment(text: string | undefined, indent: string): string {
  if (text === undefined) return "";
  const room = 100 - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  if (lines.length === 1) return `${indent}/** ${line} */\n`;
  return `${indent}/**\n${lines.map((each) => `${indent} * ${each}\n`).join("")}${indent} */\n`;
}

function members(schema: JsonSchema, names: Names, indent: string): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, member]) => {
      const optional = schema.required?.includes(name) === true ? "" : "?";
      return `${comment(member.description, indent)}${indent}${name}${optional}: ${typeOf(member, names, indent)};\n`;
    })
    .join("");
}

function objectType(schema: JsonSchema, names: Names, indent: string): string {
  const name = names.get(schema.properties);
  if (schema.properties !== undefined && name !== undefined) return name;
  if (schema.additionalProperties !== undefined)
    return `Record<string, ${typeOf(schema.additionalProperties, names, indent)}>`;
  if (schema.properties === undefined) return "Record<string, unknown>";
  return `{\n${members(schema, names, `${indent}  `)}${indent}}`;
}

function arrayOf(item: string): string {
  return /^\w+$/.test(item) ? `${item}[]` : `Array<${item}>`;
}

function typeOf(schema: JsonSchema, names: Names, indent: string): string {
  switch (schema.type) {
    case "object":
      return objectType(schema, names, indent);
    case "array":
      return arrayOf(schema.items === undefined ? "unknown" : typeOf(schema.items, names, indent));
    case "string":
      return schema.enum?.map((word) => JSON.stringify(word)).join(" | ") ?? "string";
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
  }
}

function kindType(definition: KindDefinition, apiVersion: string, names: Names): string {
  const spec = names.get(definition.spec.properties) ?? objectType(definition.spec, names, "  ");
  const status = names.get(definition.status.properties) ?? objectType(definition.status, names, "  ");
  return (
    comment(definition.description, "") +
    `export interface ${definition.kind} {\n  apiVersion: "${apiVersion}";\n  kind: "${definition.kind}";\n` +
    `  metadata: ObjectMeta;\n  spec: ${spec};\n  status?: ${status};\n}\n`
  );
}

/**
 * TypeScript interfaces of the kinds. A block that `typeNames` names becomes an interface of that name
 * wherever it is used, whatever its description there; every other object is written in place.
 */
export function typeScriptOf(
  kinds: readonly KindDefinition[],
  apiVersion: string,
  typeNames: ReadonlyMap<string, JsonSchema>,
): string {
  const names: Names = new Map([...typeNames].map(([name, schema]) => [schema.properties, name]));
  const blocks = [...typeNames].map(
    ([name, schema]) =>
      `${comment(schema.description, "")}export interface ${name} {\n${members(schema, names, "  ")}}\n`,
  );
  return [...blocks, ...kinds.map((kind) => kindType(kind, apiVersion, names))].join("\n");
}
