import type { Command } from "@commander-js/extra-typings";
import type { Context } from "../context";
import { allNamespacesOption, namespaceOption, withClusterOptions } from "../options/cluster";
import { outputFileOption, outputOption } from "../options/output";

/** `get`: the existing tests. */
export function addGet(program: Command, context: Context): void {
  withClusterOptions(
    program
      .command("get")
      .description("Show tests and their verdicts")
      .argument("[test...]", "names of tests; all of the namespace by default")
      .option("-w, --watch", "afterwards show every change, until Ctrl-C")
      .option("-l, --selector <selector>", "tests with these labels")
      .addOption(allNamespacesOption)
      .addOption(namespaceOption)
      .addOption(outputOption)
      .addOption(outputFileOption),
  ).action(async (names, options) => {
    const { getCommand } = await import("../test/get");
    context.ended(await getCommand(context, names, options));
  });
}
