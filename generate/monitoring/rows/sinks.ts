import { series, type Row } from "../panel";
import { NAME, perMinute, RANGE } from "../queries";

const OF_SINK = "namespace, kind, sink";
const SINK_COLUMNS = [
  ["namespace", "Namespace"],
  ["kind", "Kind"],
  ["sink", "Sink"],
] as const;
const DAY_S = 24 * 60 * 60;

/** Which sinks do not work; empty without `KOLLECT_SINK_METRICS`. */
export const SINKS: Row = {
  title: "Sinks by name (with KOLLECT_SINK_METRICS)",
  panels: [
    {
      title: "Sinks that do not work",
      description: "Sinks whose last verdict is False. Empty without `KOLLECT_SINK_METRICS`.",
      type: "table",
      unit: "none",
      width: 8,
      columns: SINK_COLUMNS,
      queries: [{ expr: `min by (${OF_SINK}) (${NAME.lastResult}) == 0`, legend: "{{namespace}}/{{sink}}" }],
    },
    {
      title: "Certificates that expire first",
      description: "Days until the last seen certificate of each sink's server expires.",
      type: "table",
      unit: "none",
      width: 8,
      steps: [
        ["red", 0],
        ["orange", 2],
        ["green", 14],
      ],
      columns: [["Value", "Days left"], ...SINK_COLUMNS],
      queries: [
        {
          expr: `bottomk(20, (min by (${OF_SINK}) (${NAME.certificateExpiry}) - time()) / ${DAY_S})`,
          legend: "{{namespace}}/{{sink}}",
        },
      ],
    },
    series(
      "Sinks not shown",
      "Verdicts per minute of sinks that have no name here, because 1,000 others have one.",
      {
        unit: "short",
        width: 4,
        queries: [{ expr: perMinute(NAME.notShown, RANGE), legend: "verdicts" }],
      },
    ),
    {
      title: "Version",
      description:
        "What runs: the operator, and the version of Kollect whose exporter its verdicts are about.",
      type: "table",
      unit: "none",
      width: 4,
      columns: [
        ["version", "Operator"],
        ["exporter_version", "Kollect"],
        ["Value", "Processes"],
      ],
      queries: [
        {
          expr: `count by (version, exporter_version) (${NAME.build})`,
          legend: "{{version}} for {{exporter_version}}",
        },
      ],
    },
  ],
};
