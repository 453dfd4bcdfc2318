import { Option, type Command } from "@commander-js/extra-typings";
import { DEFAULT_EXPORTER, EXPORTER_VERSIONS } from "../../capabilities/domain/exporter/settings";
import { isDnsLabel } from "../../capabilities/api/names";
import { SPEC_BOUNDS, SPEC_DEFAULTS } from "../../capabilities/api/vocabulary";
import type { CheckCommandOptions } from "../check/command";
import { usage } from "../command-failure";
import { namespaceOption, withClusterOptions } from "../options/cluster";
import { outputFileOption, outputOption, quietOption, strictOption } from "../options/output";
import { integer, several } from "../options/values";
import type { Context } from "../context";

const { minimum, maximum } = SPEC_BOUNDS.timeoutSeconds;

/** Variables that change the authorities which Node.js trusts: it reads them at startup, so they need a new process. */
const AMBIENT_TRUST = ["NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED"];

/** `check -f FILE`: sinks and Secrets of files, probed from this machine before anything is applied. */
export function addCheck(program: Command, context: Context): void {
  withClusterOptions(
    program
      .command("check")
      .description("Probe the sinks of files from this machine, before anything is applied")
      .addOption(
        new Option(
          "-f, --filename <file>",
          "file, folder, or - for standard input; may be given several times",
        )
          .argParser(several)
          .makeOptionMandatory(),
      )
      .addOption(namespaceOption)
      .option("--from-cluster", "read Secrets that the files lack from the cluster, with your own rights")
      .option(
        "--ambient-credentials",
        "allow sinks without a Secret to use the cloud identity of this environment",
      )
      .addOption(
        new Option("--exporter-version <version>", "version of Kollect whose exporter verdicts predict")
          .choices(EXPORTER_VERSIONS)
          .default(DEFAULT_EXPORTER.version),
      )
      .option("--exporter-strict", "probe each sink as that version reads it")
      .addOption(
        new Option("--exporter-private-sinks <choice>", "whether Kollect's manager accepts private addresses")
          .choices(["allowed", "refused"] as const)
          .default(DEFAULT_EXPORTER.privateSinks),
      )
      .option(
        "--probe-timeout <seconds>",
        "deadline of one attempt",
        integer(minimum, maximum),
        SPEC_DEFAULTS.timeoutSeconds,
      )
      .option(
        "--retries <count>",
        "further attempts after a transient cause",
        integer(0, 3),
        SPEC_DEFAULTS.retryLimit,
      )
      .option("--parallel <count>", "probes at the same time", integer(1, 256), 16)
      .addOption(outputOption)
      .addOption(outputFileOption)
      .addOption(quietOption)
      .addOption(strictOption),
  ).action(async (options) => {
    const { namespace = "default" } = options;
    if (!isDnsLabel(namespace))
      throw usage(`${JSON.stringify(namespace.slice(0, 80))} is no name of a namespace`);
    context.ended(await runWithoutAmbientTrust(context, options));
  });
}

async function runWithoutAmbientTrust(context: Context, options: CheckCommandOptions): Promise<number> {
  const { host } = context;
  const isSet = AMBIENT_TRUST.some((name) => host.env[name]);
  if (isSet && !options.ambientCredentials) return host.runAgainWithout(AMBIENT_TRUST);
  const { checkCommand } = await import("../check/command");
  return checkCommand(context, options);
}
