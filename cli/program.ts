import { basename } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { addCheck } from "./commands/check";
import { addCompletion } from "./commands/completion";
import { addExplain } from "./commands/explain";
import { addDoctor } from "./commands/doctor";
import { addGrants } from "./commands/grants";
import { addGet } from "./commands/get";
import { addRerun } from "./commands/rerun";
import { addTest } from "./commands/test";
import { addVersion } from "./commands/version";
import type { Context } from "./context";
import { EXIT_CODES } from "./exit-codes";

const EXIT_CODE_HELP = [
  "Exit codes:",
  ...EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning}`),
  "When several apply: 2, 1, 3, 5, 4.",
].join("\n");

/** All commands with their options. Parsing rejects with a command's error, or with `CommanderError`. */
export function createProgram(context: Context): Command {
  const { screen, host } = context;
  const program = new Command(nameOf(host.calledAs))
    .description("Tests the connections of Kollect sinks, in the cluster or before anything is applied.")
    .addHelpText("after", `\n${EXIT_CODE_HELP}`)
    .showHelpAfterError("Add --help for usage.")
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => screen.print(text),
      writeErr: (text) => screen.say(text.trimEnd()),
    });
  addCheck(program, context);
  addTest(program, context);
  addGet(program, context);
  addRerun(program, context);
  addExplain(program, context);
  addGrants(program, context);
  addDoctor(program, context);
  addCompletion(program, context);
  addVersion(program, context);
  for (const command of program.commands) inherit(command);
  return program;
}

/** Applies the parent's settings to a sub-command; help is written to standard output. */
function inherit(command: { showHelpAfterError(text: string): unknown }): void {
  command.showHelpAfterError("Add --help for usage.");
}

/** kubectl calls `kubectl-NAME` for `kubectl NAME`; krew's rule for help is to show the latter. */
function nameOf(calledAs: string): string {
  const name = basename(calledAs).replace(/\.[cm]?[jt]s$/, "");
  return name.startsWith("kubectl-") ? name.replace("kubectl-", "kubectl ") : name;
}
