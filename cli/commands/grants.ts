import { Option, type Command } from "@commander-js/extra-typings";
import type { Context } from "../context";
import { namespaceOption, withClusterOptions } from "../options/cluster";
import { several } from "../options/values";

/** `grants SINK`: the least rights of one sink. */
export function addGrants(program: Command, context: Context): void {
  withClusterOptions(
    program
      .command("grants")
      .description("Print the statements that give a user the least rights that a sink needs")
      .argument("<sink>", "such as database/orders")
      .option("--user <user>", "user, principal or service account to grant to", "kollect")
      .option("--database <name>", "database of a PostgreSQL sink, which only its Secret names", "inventory")
      .addOption(
        new Option(
          "-f, --filename <file>",
          "take the sink from this file, folder, or - instead of the cluster",
        ).argParser(several),
      )
      .addOption(namespaceOption),
  ).action(async (sink, options) => {
    const { grantsCommand } = await import("../grants/command");
    context.ended(await grantsCommand(context, sink, options));
  });
}
