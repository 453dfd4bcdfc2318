import { Readable } from "node:stream";
import { Help, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT_CODES } from "../../cli/exit-codes";
import type { Host } from "../../cli/host";
import { CLUSTER_OPTIONS } from "../../cli/options/cluster";
import { createProgram } from "../../cli/program";
import { createScreen } from "../../cli/terminal/screen";
import { code, row, table, type Row } from "../reference/markdown";

/** A host without input and output, because only the help is read. */
const SILENT = { write: () => true };
const HOST: Host = {
  args: [],
  calledAs: "kubectl-kollect",
  env: {},
  stdin: Readable.from([]),
  stdout: SILENT,
  stderr: SILENT,
  interrupt: new AbortController().signal,
  runAgainWithout: () => Promise.resolve(0),
};

const OF_KUBECTL: ReadonlySet<string> = new Set(CLUSTER_OPTIONS.map(({ flags }) => flags));
const help = new Help();

/** Every command of the kubectl plugin with its arguments and options, as Markdown, from what `--help` prints. */
export function commandsText(): string {
  const program = createProgram({ host: HOST, screen: createScreen(HOST, {}), ended: () => undefined });
  return help
    .visibleCommands(program)
    .filter((command) => command.name() !== "help")
    .map(commandText)
    .join("\n");
}

/** Options of kubectl, which are not in the tables of commands. */
export function kubectlOptionsText(): string {
  return table(["Option", "What"], CLUSTER_OPTIONS.map(optionRow));
}

export function exitCodesText(): string {
  return table(
    ["Code", "When"],
    EXIT_CODES.map((each) => row(String(each.code), each.meaning)),
  );
}

function commandText(command: CommandUnknownOpts): string {
  const rows = [
    ...help.visibleArguments(command).map(argumentRow),
    ...help
      .visibleOptions(command)
      .filter(({ flags, long }) => !OF_KUBECTL.has(flags) && long !== "--help")
      .map(optionRow),
  ];
  const parts = [
    `### ${command.name()}\n`,
    `${help.commandDescription(command)}.\n`,
    code("text", help.commandUsage(command)),
    ...(rows.length > 0 ? [table(["Argument or option", "What"], rows)] : []),
  ];
  return parts.join("\n");
}

function argumentRow(argument: Parameters<Help["argumentTerm"]>[0]): Row {
  return row(`\`${help.argumentTerm(argument)}\``, help.argumentDescription(argument));
}

function optionRow(option: Parameters<Help["optionTerm"]>[0]): Row {
  return row(`\`${help.optionTerm(option)}\``, help.optionDescription(option));
}
