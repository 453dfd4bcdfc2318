import { Composer, LineCounter, Parser, type Document } from "yaml";
import { usage } from "../command-failure";
import type { Source } from "./read";

/** An object of a file, of any kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: unknown; readonly namespace?: unknown };
  readonly source: string;
  readonly [member: string]: unknown;
}

/** Maximum number of aliases in one document, to limit documents that grow when they are parsed. */
const MAX_ALIASES = 100;

/** Maximum size of one YAML document, in characters: its tree takes some 300 times as much memory. */
const MAX_DOCUMENT = 3 * 1024 * 1024;

/** The objects of YAML or JSON text, those of Lists among them. Throws `CommandFailure`, which quotes nothing. */
export function parseManifests(source: Source): Manifest[] {
  const json = parseJson(source.text);
  return json ? manifestsOf(json.value, source.name) : [...manifestsOfYaml(source)];
}

/** JSON, such as kubectl writes, is YAML too, but is read much faster as what it is. */
function parseJson(text: string): { readonly value: unknown } | undefined {
  if (!text.startsWith("{") || text.length <= MAX_DOCUMENT) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** One document after the other, so that memory holds the tree of one. */
function* manifestsOfYaml({ text, name }: Source): Generator<Manifest> {
  refuseLargeDocument(text, name);
  const lineCounter = new LineCounter();
  const composer = new Composer({ lineCounter, prettyErrors: false, logLevel: "silent", merge: true });
  for (const document of composer.compose(new Parser(lineCounter.addNewLine).parse(text))) {
    const [error] = document.errors;
    if (error) throw notYaml(name, error.code, lineCounter.linePos(error.pos[0]).line);
    yield* manifestsOf(toJs(document, name), name);
  }
}

/** A line that begins with `---` starts a document, also inside a text. */
function refuseLargeDocument(text: string, name: string): void {
  let start = 0;
  for (const { index } of text.matchAll(/^---/gm)) {
    if (index - start > MAX_DOCUMENT) break;
    start = index;
  }
  const rest = text.length - start;
  if (rest <= MAX_DOCUMENT) return;
  throw usage(
    `${name} has a YAML document larger than 3 MiB: pass only sinks and their Secrets, or use JSON`,
  );
}

function toJs(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // The text of the error may quote the document.
    throw usage(
      `${name} has a YAML alias without an anchor, or more than ${MAX_ALIASES} uses of aliases in one document`,
    );
  }
}

function notYaml(name: string, code: string, line: number): Error {
  return usage(`${name} is not valid YAML: line ${line} (${code})`);
}

function manifestsOf(value: unknown, source: string): Manifest[] {
  if (!isObject(value)) return [];
  const { apiVersion, kind, metadata, items } = value;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
    return items.flatMap((item) => manifestsOf(item, source));
  }
  if (typeof apiVersion !== "string" || typeof kind !== "string" || !isObject(metadata)) return [];
  return [{ ...value, apiVersion, kind, metadata, source }];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
