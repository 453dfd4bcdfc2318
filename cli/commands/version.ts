import type { Command } from "@commander-js/extra-typings";
import pkg from "../../package.json";
import { OK } from "../exit-codes";
import type { Context } from "../context";

/** `version`: the plugin's version, which is that of the operator that it was built with. */
export function addVersion(program: Command, { screen, ended }: Context): void {
  program
    .command("version")
    .description("Print the plugin's version")
    .action(() => {
      screen.print(`${pkg.version}\n`);
      ended(OK);
    });
}
