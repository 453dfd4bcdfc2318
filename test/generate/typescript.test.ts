import { describe, expect, it } from "vitest";
import type { JsonSchema, KindDefinition } from "../../capabilities/api/schema";
import { typeScriptOf } from "../../generate/typescript";

const shared: JsonSchema = { type: "object", required: ["name"], properties: { name: { type: "string" } } };

function emitted(properties: Record<string, JsonSchema>, required: string[] = []): string {
  const kind: KindDefinition = {
    kind: "Thing",
    plural: "things",
    shortName: "th",
    description: "A thing.",
    spec: { type: "object", required, properties },
    status: { type: "object", properties: {} },
    columns: [],
  };
  return typeScriptOf([kind], "example.test/v1", new Map([["Shared", shared]]));
}

describe("TypeScript of a schema", () => {
  it.each<[string, JsonSchema, string]>([
    ["a string", { type: "string" }, "field?: string;"],
    ["an integer", { type: "integer", format: "int32" }, "field?: number;"],
    ["a boolean", { type: "boolean" }, "field?: boolean;"],
    ["an enum", { type: "string", enum: ["a", "b"] }, 'field?: "a" | "b";'],
    ["a list", { type: "array", items: { type: "string" } }, "field?: string[];"],
    [
      "a list of words",
      { type: "array", items: { type: "string", enum: ["a", "b"] } },
      'field?: Array<"a" | "b">;',
    ],
    [
      "a map",
      { type: "object", additionalProperties: { type: "string" } },
      "field?: Record<string, string>;",
    ],
    ["an open object", { type: "object" }, "field?: Record<string, unknown>;"],
    ["a shared block", { ...shared, description: "Mine." }, "/** Mine. */\n    field?: Shared;"],
  ])("writes %s", (_, schema, expected) => {
    expect(emitted({ field: schema })).toContain(expected);
  });

  it("makes a member optional only if the schema does", () => {
    expect(emitted({ field: { type: "string" } }, ["field"])).toContain("field: string;");
  });

  it("writes other objects in place", () => {
    const inner: JsonSchema = { type: "object", required: ["a"], properties: { a: { type: "boolean" } } };
    expect(emitted({ field: inner })).toContain("field?: {\n      a: boolean;\n    };");
  });

  it("declares a shared block once", () => {
    const text = emitted({ one: shared, two: { ...shared, description: "Another." } });
    expect(text.match(/export interface Shared/g)).toHaveLength(1);
  });

  it("tells kinds apart by literal apiVersion and kind", () => {
    expect(emitted({})).toContain('apiVersion: "example.test/v1";\n  kind: "Thing";');
  });
});
