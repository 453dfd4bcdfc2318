import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { CAUSES, type Cause, type SinkType } from "../capabilities/api/vocabulary";

/** One failure of a type of sink: the input, the message of the test, and the fix. Markdown except the message. */
export interface DocumentedFailure {
  readonly cause: Cause;
  readonly input: string;
  readonly fix: string;
  /** The whole message, with `…` for parts that differ between sinks. */
  readonly message: string;
}

const FOLDER = join(import.meta.dirname, "failures");

/**
 * The failures that the page of a type documents, by the name of the input. Tests run each input at the type's server
 * and compare the message. Throws for an entry that lacks a member.
 */
export function documentedFailures(type: SinkType): Readonly<Record<string, DocumentedFailure>> {
  const shared = read("common");
  const own = Object.entries(read(type)).map(([id, entry]) => [
    id,
    complete(id, { ...shared[id], ...entry }),
  ]);
  return Object.fromEntries(own) as Record<string, DocumentedFailure>;
}

function read(name: string): Record<string, Partial<DocumentedFailure>> {
  return parse(readFileSync(join(FOLDER, `${name}.yaml`), "utf8")) as Record<
    string,
    Partial<DocumentedFailure>
  >;
}

function complete(id: string, { cause, input, fix, message }: Partial<DocumentedFailure>): DocumentedFailure {
  if (cause && input && fix && message !== undefined) return { cause, input, fix, message };
  throw new Error(`${id} of generate/failures needs cause, input, fix and message`);
}

/** The part of a page that shows the failures, in the order of the causes. */
export function failuresText(type: SinkType): string {
  const entries = Object.values(documentedFailures(type));
  const sorted = CAUSES.flatMap((cause) => entries.filter((entry) => entry.cause === cause));
  return sorted
    .map(
      ({ cause, message, input, fix }) =>
        `- **\`${cause}\`**: ${quote(message)}\n  Given ${input}. Fix: ${fix}.\n`,
    )
    .join("");
}

function quote(message: string): string {
  return message.includes("`") ? `\`\` ${message} \`\`` : `\`${message}\``;
}
