import { Argument, type Command } from "@commander-js/extra-typings";
import { scriptFor, SHELLS } from "../completion/scripts";
import type { Context } from "../context";
import { OK } from "../exit-codes";

/** `completion SHELL`: a script that completes the plugin's words. */
export function addCompletion(program: Command, { screen, ended }: Context): void {
  program
    .command("completion")
    .description("Print the completion of a shell; for kubectl, the program kubectl_complete-kollect")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .action((shell) => {
      screen.print(scriptFor(shell));
      ended(OK);
    });
}
