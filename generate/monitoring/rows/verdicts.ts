import { series, type Row } from "../panel";
import { NAME, OF_TYPE, perMinute, perMinuteBy, RANGE } from "../queries";

/** What verdicts say. */
export const VERDICTS: Row = {
  title: "Verdicts",
  panels: [
    {
      title: "Operator",
      description: "Live while every process of the operator is. See the alert KollectOperatorUnhealthy.",
      type: "stat",
      unit: "none",
      width: 4,
      steps: [
        ["red", 0],
        ["green", 1],
      ],
      words: { "0": "not live", "1": "live" },
      empty: "not scraped",
      queries: [{ expr: `min(${NAME.health})`, legend: "live" }],
    },
    {
      title: "Verdicts of True, last hour",
      description: "Share of the verdicts of the last hour that were True.",
      type: "stat",
      unit: "percentunit",
      width: 4,
      steps: [
        ["red", 0],
        ["green", 0.99],
      ],
      empty: "no verdicts",
      queries: [
        {
          expr: `sum(increase(${NAME.verdicts}{${OF_TYPE}, result="success"}[1h])) / (sum(increase(${NAME.verdicts}{${OF_TYPE}}[1h])) > 0)`,
          legend: "True",
        },
      ],
    },
    series(
      "Verdicts per minute",
      "By result: success is True, failure is False. Tests that ask the same question share one probe.",
      {
        unit: "short",
        width: 8,
        colours: { success: "green", failure: "red", "from a shared probe": "blue" },
        queries: [
          { expr: perMinuteBy("result", `${NAME.verdicts}{${OF_TYPE}}`, RANGE), legend: "{{result}}" },
          { expr: perMinute(NAME.shared, RANGE), legend: "from a shared probe" },
        ],
      },
    ),
    series(
      "Verdicts of False per minute, by cause",
      "Causes that came up. `kubectl kollect explain CAUSE` says what one means and what to do.",
      {
        unit: "short",
        width: 8,
        queries: [
          { expr: `${perMinuteBy("cause", `${NAME.causes}{${OF_TYPE}}`, RANGE)} > 0`, legend: "{{cause}}" },
        ],
      },
    ),
    series(
      "Unproven needs per minute",
      "Needs that True verdicts left unproven. The page of each type says why.",
      {
        unit: "short",
        width: 12,
        queries: [{ expr: perMinuteBy("need, kind", NAME.unproven, RANGE), legend: "{{need}} ({{kind}})" }],
      },
    ),
    series(
      "Limitations of the exporter per minute",
      "Limitations in verdicts. `docs/limitations.md` lists all of them.",
      {
        unit: "short",
        width: 12,
        queries: [
          { expr: perMinuteBy("id, effect", NAME.limitations, RANGE), legend: "{{id}} ({{effect}})" },
        ],
      },
    ),
  ],
};
