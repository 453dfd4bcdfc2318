import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Sink } from "../../capabilities/api/types";
import type { Cause, SinkType } from "../../capabilities/api/vocabulary";

/** A sink of a public report with what its test must say. */
export interface ReportedCase {
  /** Name of the file without its ending. */
  readonly name: string;
  /** Repository and number of the report, and what it says. */
  readonly source: string;
  readonly wanted: { readonly cause: Cause | "ok"; readonly words: readonly string[] };
  /** The server that the sink reaches; `none` where the sink itself is at fault and nothing is dialled. */
  readonly server: string;
  /** A piece of a value that no message may show. */
  readonly secret?: string;
  readonly sink: Sink;
  /** Values by name of the Secret and key. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
}

/** What stands in a case for what only a started server knows, such as `{{server}}`. */
export type Placeholders = Readonly<Record<string, string>>;

const HERE = import.meta.dirname;

/** The names of the cases of a type, in the order of the alphabet. */
export function caseNames(type: SinkType): string[] {
  return readdirSync(join(HERE, type))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.slice(0, -".yaml".length))
    .sort();
}

/** Reads a case. Throws for a file that is not of the form that the README describes. */
export function readCase(type: SinkType, name: string, values: Placeholders = {}): ReportedCase {
  const text = readFileSync(join(HERE, type, `${name}.yaml`), "utf8");
  const header = headerOf(text);
  const [sink, ...secrets] = parseAllDocuments(text).map((document) => filled(document.toJS(), values));
  const [cause = "", ...words] = field(header, "wanted", name)
    .split(" | ")
    .map((word) => filled(word.trim(), values) as string);
  const secret = header.get("secret");
  return {
    name,
    source: field(header, "source", name),
    wanted: { cause: cause as Cause | "ok", words },
    server: field(header, "server", name),
    ...(secret === undefined ? {} : { secret }),
    sink: withIdentity(sink as Sink),
    secrets: Object.fromEntries((secrets as SecretDocument[]).map(secretOf)),
  };
}

interface SecretDocument {
  readonly metadata: { readonly name: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

function headerOf(text: string): Map<string, string> {
  const lines = text.split("\n").filter((line) => line.startsWith("# "));
  return new Map(lines.map((line) => /^# (\w+): +(.*)$/.exec(line)?.slice(1) as [string, string]));
}

function field(header: ReadonlyMap<string, string>, key: string, name: string): string {
  const value = header.get(key);
  if (value === undefined) throw new Error(`${name}.yaml has no line "# ${key}: …"`);
  return value;
}

/** All texts with the placeholders' values; others in double braces belong to the case. */
function filled(value: unknown, values: Placeholders): unknown {
  if (typeof value === "string")
    return value.replace(/\{\{(\w+)\}\}/g, (all, name: string) => values[name] ?? all);
  if (Array.isArray(value)) return value.map((item) => filled(item, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, values)]));
}

function withIdentity(sink: Sink): Sink {
  const identity = { namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 };
  return { ...sink, metadata: { ...identity, ...sink.metadata } } as Sink;
}

function secretOf({ metadata, stringData = {}, data = {} }: SecretDocument) {
  const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64")] as const);
  const plain = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value)] as const);
  return [metadata.name, Object.fromEntries([...decoded, ...plain])] as const;
}
