import { Option, type Command } from "@commander-js/extra-typings";
import { SPEC_BOUNDS } from "../../capabilities/api/vocabulary";
import type { Context } from "../context";
import { allNamespacesOption, namespaceOption, withClusterOptions } from "../options/cluster";
import { outputFileOption, outputOption, quietOption, strictOption } from "../options/output";
import { duration, integer, yesOrNo } from "../options/values";

const { minimum, maximum } = SPEC_BOUNDS.timeoutSeconds;

/** Default time to wait for verdicts, in milliseconds. */
export const DEFAULT_WAIT_MS = 120_000;

/** `test SINK...`: tests in the cluster, by the operator. */
export function addTest(program: Command, context: Context): void {
  withClusterOptions(
    program
      .command("test")
      .description("Have the operator test sinks of the cluster, and wait for the verdicts")
      .argument("[sink...]", "such as database/orders, snapshot/audit or kevt/items")
      .option("--all", "all sinks of the namespace")
      .option("-l, --selector <selector>", "sinks with these labels")
      .addOption(allNamespacesOption)
      .addOption(namespaceOption)
      .option("--ttl <time>", "how long a test outlives its verdict, when it is kept", duration)
      .addOption(
        new Option("--timeout <time>", "how long to wait for all verdicts")
          .argParser(duration)
          .default(DEFAULT_WAIT_MS, "2m"),
      )
      .option("--probe-timeout <seconds>", "deadline of one attempt", integer(minimum, maximum))
      .option("--retries <count>", "further attempts after a transient cause", integer(0, 3))
      .option("--keep", "leave the tests to their TTL instead of deleting them")
      .option("--parallel <count>", "tests without a verdict at the same time", integer(1, 1_000), 128)
      .addOption(
        new Option("--wait [choice]", "wait for the verdicts; with false the tests are kept")
          .argParser(yesOrNo)
          .default(true),
      )
      .addOption(outputOption)
      .addOption(outputFileOption)
      .addOption(quietOption)
      .addOption(strictOption),
  ).action(async (names, options) => {
    const { testCommand } = await import("../test/command");
    context.ended(await testCommand(context, names, options));
  });
}
