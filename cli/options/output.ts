import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { FORMATS, type Format } from "../output/format";

/** A file to which the report is written in addition to standard output. */
export interface OutputFile {
  readonly format: Format;
  readonly path: string;
}

const ENDINGS: readonly (readonly [ending: string, format: Format])[] = [
  [".json", "json"],
  [".yaml", "yaml"],
  [".yml", "yaml"],
  [".xml", "junit"],
  [".md", "markdown"],
  [".html", "html"],
  [".txt", "table"],
];

export const outputOption = new Option("-o, --output <format>", "what standard output shows")
  .choices(FORMATS)
  .default("table" as const);

export const outputFileOption = new Option(
  "--output-file <file>",
  "write the report to this file too, in the format of its ending or as FORMAT=FILE; may be given several times",
).argParser(outputFile);

export const quietOption = new Option("-q, --quiet", "show nothing while the command runs");

export const strictOption = new Option(
  "--strict",
  "exit with 4 where a verdict is True with something unproven (NotAnswered), limited or TLS-insecure",
);

function outputFile(text: string, before: readonly OutputFile[] | undefined): readonly OutputFile[] {
  return [...(before ?? []), parseOutputFile(text)];
}

/** Reads `report.xml` or `junit=report.out`. Throws `InvalidArgumentError`. */
export function parseOutputFile(text: string): OutputFile {
  const [, word, rest] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  const named = FORMATS.find((format) => format === word);
  if (named && rest) return { format: named, path: rest };
  const ending = ENDINGS.find(([each]) => text.toLowerCase().endsWith(each));
  if (ending) return { format: ending[1], path: text };
  const known = ENDINGS.map(([each]) => each).join(", ");
  throw new InvalidArgumentError(`End the name in one of ${known}, or write FORMAT=FILE.`);
}
