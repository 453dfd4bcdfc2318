import type { ConfigOption } from "../../capabilities/config/options";
import { CLOUD_VARIABLES } from "../../capabilities/config/cloud-environment";
import { code, row, section, table } from "./markdown";

/** The section about the operator's settings, with an example of shared Secrets. */
export function configuration(options: readonly ConfigOption[]): string {
  return section(
    "Configuration",
    `The operator reads these environment variables once, when it starts, and reports all invalid ones. Set them in
\`pepr.env\` of package.json or in the chart. A variable with the prefix that is not in this table leads to a warning.`,
    table(
      ["Variable", "Type", "Default", "Description"],
      options.map(({ env, type, default: value, description }) =>
        row(`\`${env}\``, type, value === "" ? "" : `\`${value}\``, description),
      ),
    ),
    `For sinks that name no Secret, the operator can use its pod's cloud identity. It reads these variables of the
cloud providers only with \`KOLLECT_ALLOW_AMBIENT_CREDENTIALS=true\`, except the last one, which is not part of an
identity:`,
    table(
      ["Variable", "Meaning"],
      CLOUD_VARIABLES.map(([name, meaning]) => row(`\`${name}\``, meaning)),
    ),
    `A sink may use only Secrets of its own namespace. If you keep credentials for the whole platform in one
namespace, list each of them; the first part is the sinks' namespace, or \`*\` for all:`,
    code("sh", "KOLLECT_SHARED_SECRETS=*:platform/inventory-dsn,shop:platform/shop-kafka"),
  );
}
