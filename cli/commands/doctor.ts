import { Option, type Command } from "@commander-js/extra-typings";
import type { Context } from "../context";
import { namespaceOption, withClusterOptions } from "../options/cluster";

/** `doctor`: whether a cluster can run tests, and whether this user may ask for them. */
export function addDoctor(program: Command, context: Context): void {
  withClusterOptions(
    program
      .command("doctor")
      .description("Check that the operator is installed, ready and answering, and what you may do")
      .option("--operator-namespace <namespace>", "namespace of the operator", "pepr-system")
      .addOption(
        new Option("-o, --output <format>", "what standard output shows")
          .choices(["table", "json", "yaml"] as const)
          .default("table" as const),
      )
      .addOption(namespaceOption),
  ).action(async (options) => {
    const { doctorCommand } = await import("../doctor/command");
    context.ended(await doctorCommand(context, options));
  });
}
