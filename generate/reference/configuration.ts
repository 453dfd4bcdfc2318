import type { ConfigOption } from "../../capabilities/config/options";
import { CLOUD_VARIABLES } from "../../capabilities/config/cloud-environment";
import { code, row, section, table } from "./markdown";

/** The operator's settings, and the one that most installations need. */
export function configuration(options: readonly ConfigOption[]): string {
  return section(
    "Configuration",
    `The operator reads these environment variables once, at its start, and lists every fault that it finds. Set them in
\`pepr.env\` of package.json or in the chart. A variable with the prefix that is not in this table is a warning.`,
    table(
      ["Variable", "Type", "Default", "Description"],
      options.map(({ env, type, default: value, description }) =>
        row(`\`${env}\``, type, value === "" ? "" : `\`${value}\``, description),
      ),
    ),
    `For sinks that name no Secret the operator can use its pod's own cloud identity. These variables of the cloud providers
are read for it only with \`KOLLECT_ALLOW_AMBIENT_CREDENTIALS=true\`, but for the last one, which is no identity:`,
    table(
      ["Variable", "Meaning"],
      CLOUD_VARIABLES.map(([name, meaning]) => row(`\`${name}\``, meaning)),
    ),
    `A sink may use Secrets of its own namespace only. Where credentials are kept in one namespace for the whole platform,
list each of them; the first word is the sinks' namespace, or \`*\` for all:`,
    code("sh", "KOLLECT_SHARED_SECRETS=*:platform/inventory-dsn,shop:platform/shop-kafka"),
  );
}
