import { Option, type Command } from "@commander-js/extra-typings";
import type { Context } from "../context";
import { namespaceOption, withClusterOptions } from "../options/cluster";
import { outputFileOption, outputOption, quietOption, strictOption } from "../options/output";
import { duration } from "../options/values";
import { DEFAULT_WAIT_MS } from "./test";

/** `rerun TEST...`: another run of existing tests. */
export function addRerun(program: Command, context: Context): void {
  withClusterOptions(
    program
      .command("rerun")
      .description("Request another run of tests, and wait for the verdicts")
      .argument("[test...]", "names of tests")
      .option("--all", "all tests of the namespace")
      .option("--failed", "those whose verdict is False")
      .addOption(namespaceOption)
      .addOption(
        new Option("--timeout <time>", "how long to wait for all verdicts")
          .argParser(duration)
          .default(DEFAULT_WAIT_MS, "2m"),
      )
      .addOption(outputOption)
      .addOption(outputFileOption)
      .addOption(quietOption)
      .addOption(strictOption),
  ).action(async (names, options) => {
    const { rerunCommand } = await import("../test/rerun");
    context.ended(await rerunCommand(context, names, options));
  });
}
