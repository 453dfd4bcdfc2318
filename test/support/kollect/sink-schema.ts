import type { SinkKind } from "../../../capabilities/api/vocabulary";
import type { Schema } from "../e2e/crds";
import { contractOf } from "./sink-contract";

/** Each kind of remark that a line of the contract may hold, as what it adds to the schema. */
const REMARKS: readonly (readonly [RegExp, (...found: string[]) => Schema])[] = [
  [/^enum (.+)$/, (values = "") => ({ enum: values.split("|") })],
  [/^format (.+)$/, (format) => ({ format })],
  [/^default (.+)$/, (value) => ({ default: value })],
  [/^(minimum|minLength|maxLength) (\d+)$/, (keyword = "", value) => ({ [keyword]: Number(value) })],
  [/^listType atomic$/, () => ({ "x-kubernetes-list-type": "atomic" })],
  [
    /^listType map by (.+)$/,
    (keys = "") => ({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys.split(",") }),
  ],
  [/^of (.+)$/, (type) => ({ items: { type } })],
  [/^map of (.+)$/, (type) => ({ additionalProperties: { type } })],
];

/** Schemas of `spec` and `status` of a kind of sink, made of the lines of the contract alone. */
export function contractSchema(kind: SinkKind): { readonly spec: Schema; readonly status: Schema } {
  const root: Schema = { type: "object", properties: {} };
  const pathOf = (line: string): string => line.slice(0, line.indexOf(":"));
  // An object comes before its members.
  const lines = contractOf(kind).sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
  for (const line of lines) add(root, line);
  const { spec, status } = root.properties ?? {};
  const preview = status?.properties?.["preview"];
  if (!spec || !status || !preview) throw new Error(`the contract of ${kind} lacks spec or status.preview`);
  preview["x-kubernetes-preserve-unknown-fields"] = true;
  return { spec, status };
}

function add(root: Schema, line: string): void {
  const [path = "", words = ""] = line.split(": ");
  const [type = "", ...remarks] = words.split("; ");
  const member: Schema = { type };
  for (const remark of remarks.filter((word) => word !== "required"))
    Object.assign(member, read(remark, line));
  const names = path.split(".");
  const [name = ""] = names.splice(-1);
  if (name.endsWith("[]")) return; // its type is in the list's own line
  const parent = names.reduce(step, root);
  parent.properties = { ...parent.properties, [name]: member };
  if (remarks.includes("required")) parent["required"] = [...((parent["required"] as string[]) ?? []), name];
}

function read(remark: string, line: string): Schema {
  for (const [pattern, schema] of REMARKS) {
    const [found, ...groups] = pattern.exec(remark) ?? [];
    if (found !== undefined) return schema(...groups);
  }
  throw new Error(`the contract's line "${line}" says "${remark}", which nothing here understands`);
}

function step(at: Schema, name: string): Schema {
  const next = at.properties?.[name.replace("[]", "")];
  const into = name.endsWith("[]") ? (next?.["items"] as Schema | undefined) : next;
  if (!into) throw new Error(`the contract has a member of ${name}, but not ${name} itself`);
  return into;
}
