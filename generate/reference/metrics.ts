import { METRICS, type Metric } from "../../capabilities/records/metric-table";
import { row, table } from "./markdown";

/** A row for each metric, in the order of the code. */
export function metricsTable(): string {
  const metrics: readonly Metric[] = Object.values(METRICS);
  return table(
    ["Metric", "Type", "Labels", "Meaning"],
    metrics.map(({ name, type, labels, help, named }) =>
      row(
        `\`${name}\``,
        type,
        labels.map((label) => `\`${label}\``).join(", "),
        named ? `${help} Only with \`KOLLECT_SINK_METRICS\`.` : help,
      ),
    ),
  );
}
