import { LineCounter, parseAllDocuments } from "yaml";
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

/** The objects of YAML or JSON text, those of Lists among them. Throws `CommandFailure`, which quotes nothing. */
export function parseManifests(source: Source): Manifest[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(source.text, {
    lineCounter,
    prettyErrors: false,
    logLevel: "silent",
    merge: true,
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw notYaml(source.name, error.code, lineCounter.linePos(error.pos[0]).line);
    return manifestsOf(toJs(document, source.name), source.name);
  });
}

function toJs(document: { toJS(options: { maxAliasCount: number }): unknown }, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // The text of the error may quote the document.
    throw usage(`${name} has more than ${MAX_ALIASES} uses of YAML aliases in one document`);
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
