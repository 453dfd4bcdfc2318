import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CAUSES, FAILURE_REASONS, LIMITATION_IDS } from "../../capabilities/api/vocabulary";
import { SHELLS } from "./scripts";

/** Bits of the last line, with which a shell handles the candidates, in kubectl's format. */
const DIRECTIVES = { files: 0, noSpace: 2, noFiles: 4 } as const;

interface Candidates {
  readonly words: readonly string[];
  readonly directive: number;
}

/** The part of a program that completion needs. */
type Known = Pick<CommandUnknownOpts, "name" | "options" | "commands">;

/** Arguments of commands by their name. A sink's kind is followed by a name, which only the cluster knows. */
const ARGUMENTS: Readonly<Record<string, Candidates>> = {
  explain: {
    words: [...FAILURE_REASONS, ...CAUSES, ...LIMITATION_IDS],
    directive: DIRECTIVES.noFiles,
  },
  completion: { words: SHELLS, directive: DIRECTIVES.noFiles },
  test: sinks(),
  grants: sinks(),
};

/**
 * The candidates for the last word of `typed`, one per line, and a last line with a colon and directives: the output of
 * `kubectl_complete-kollect`.
 */
export function completions(program: Known, typed: readonly string[]): string {
  const current = typed.at(-1) ?? "";
  const { words, directive } = candidates(program, typed.slice(0, -1), current);
  const fitting = words.filter((word) => word.startsWith(current)).sort();
  return [...fitting, `:${directive}`, ""].join("\n");
}

function candidates(program: Known, before: readonly string[], current: string): Candidates {
  const command = program.commands.find((each) => each.name() === before[0]);
  if (!command) {
    const words = before.length === 0 ? program.commands.map((each) => each.name()) : [];
    return { words, directive: DIRECTIVES.noFiles };
  }
  const asked = command.options.find((option) => takesValue(option) && isCalled(option, before.at(-1)));
  if (asked) return valuesOf(asked);
  if (current.startsWith("-")) {
    const words = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
    return { words: [...words, "--help"], directive: DIRECTIVES.noFiles };
  }
  return ARGUMENTS[command.name()] ?? { words: [], directive: DIRECTIVES.noFiles };
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function isCalled({ short, long }: Option, word: string | undefined): boolean {
  return word !== undefined && (word === short || word === long);
}

function valuesOf({ argChoices, long }: Option): Candidates {
  if (argChoices) return { words: argChoices, directive: DIRECTIVES.noFiles };
  const isFile = ["--filename", "--kubeconfig", "--output-file"].includes(long ?? "");
  return { words: [], directive: isFile ? DIRECTIVES.files : DIRECTIVES.noFiles };
}

function sinks(): Candidates {
  return {
    words: ["database/", "event/", "snapshot/"],
    directive: DIRECTIVES.noSpace | DIRECTIVES.noFiles,
  };
}
