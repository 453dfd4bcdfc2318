import { NAME, quantile, rateBy } from "./queries";

export interface Query {
  readonly expr: string;
  /** Name of a series in the legend. */
  readonly legend: string;
}

/** One panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** What the panel shows, and what to do about it. */
  readonly description: string;
  readonly type: "timeseries" | "stat" | "table";
  /** Grafana's name of a unit. */
  readonly unit: string;
  /** Columns of 24. */
  readonly width: number;
  readonly queries: readonly Query[];
  /** Value from which a number is green; below it is red. Only for `stat`. */
  readonly goodFrom?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Grafana's own range for rates, which follows the scrape interval. */
const RANGE = "$__rate_interval";
const OF_TYPE = 'type=~"$type"';
const QUANTILES = [0.5, 0.95, 0.99];

const VERDICTS: Row = {
  title: "Verdicts",
  panels: [
    {
      title: "Operator",
      description: "1 while every process of the operator is live. See the alert KollectOperatorUnhealthy.",
      type: "stat",
      unit: "none",
      width: 4,
      goodFrom: 1,
      queries: [{ expr: `min(${NAME.health})`, legend: "live" }],
    },
    {
      title: "Verdicts of True, last hour",
      description: "Share of the verdicts of the last hour that were True.",
      type: "stat",
      unit: "percentunit",
      width: 4,
      goodFrom: 0.99,
      queries: [
        {
          expr: `sum(increase(${NAME.verdicts}{${OF_TYPE}, result="success"}[1h])) / sum(increase(${NAME.verdicts}{${OF_TYPE}}[1h]))`,
          legend: "True",
        },
      ],
    },
    series("Verdict rate", "Verdicts in a second, by result.", {
      unit: "ops",
      width: 8,
      queries: [
        { expr: rateBy("result", `${NAME.verdicts}{${OF_TYPE}}`, RANGE), legend: "{{result}}" },
        { expr: `sum(rate(${NAME.shared}[${RANGE}]))`, legend: "shared with another test" },
      ],
    }),
    series(
      "Causes",
      "Verdicts of False in a second, by cause. `kubectl kollect explain CAUSE` says what to do.",
      {
        unit: "ops",
        width: 8,
        queries: [{ expr: rateBy("cause", `${NAME.causes}{${OF_TYPE}}`, RANGE), legend: "{{cause}}" }],
      },
    ),
    series("Unproven needs", "Needs that True verdicts left unproven. The page of each type says why.", {
      unit: "ops",
      width: 12,
      queries: [{ expr: rateBy("need, kind", NAME.unproven, RANGE), legend: "{{need}} ({{kind}})" }],
    }),
    series(
      "Limitations of the exporter",
      "Limitations in verdicts. `docs/limitations.md` lists all of them.",
      {
        unit: "ops",
        width: 12,
        queries: [{ expr: rateBy("id, effect", NAME.limitations, RANGE), legend: "{{id}} ({{effect}})" }],
      },
    ),
  ],
};

const TIMES: Row = {
  title: "Times",
  panels: [
    series("Latency by phase, p95", "Duration of each phase of a probe. Check the slowest one first.", {
      unit: "s",
      width: 8,
      queries: [
        {
          expr: quantile(0.95, NAME.phase, { by: "phase", matchers: OF_TYPE, range: RANGE }),
          legend: "{{phase}}",
        },
      ],
    }),
    series("Duration of probes", "From resolving the name to the last request, without waiting.", {
      unit: "s",
      width: 8,
      queries: QUANTILES.map((share) => ({
        expr: quantile(share, NAME.duration, { matchers: OF_TYPE, range: RANGE }),
        legend: `p${share * 100}`,
      })),
    }),
    series("Wait before a probe", "From the first event of a test to the start of its probe.", {
      unit: "s",
      width: 8,
      queries: QUANTILES.map((share) => ({
        expr: quantile(share, NAME.wait, { range: RANGE }),
        legend: `p${share * 100}`,
      })),
    }),
  ],
};

const LOAD: Row = {
  title: "Load",
  panels: [
    series("Queue", "Probes that run, and tests that wait for a slot, a sink or a Secret.", {
      unit: "short",
      width: 8,
      queries: [
        { expr: `sum(${NAME.running})`, legend: "running" },
        { expr: `sum(${NAME.waiting})`, legend: "waiting" },
      ],
    }),
    series("Slots", "Share of the probe slots in use. Slow probes have separate slots.", {
      unit: "percentunit",
      width: 8,
      queries: [
        {
          expr: `sum by (lane) (${NAME.slotsInUse}) / sum by (lane) (${NAME.slots})`,
          legend: "{{lane}}",
        },
      ],
    }),
    series("Events", "Events in the queue, and those that were dropped in a second.", {
      unit: "short",
      width: 8,
      queries: [
        { expr: `sum(${NAME.eventsWaiting})`, legend: "waiting" },
        { expr: `sum(rate(${NAME.eventsDropped}[${RANGE}]))`, legend: "dropped" },
      ],
    }),
    series("API server latency, p95", "Duration of one attempt of a request, by method.", {
      unit: "s",
      width: 8,
      queries: [
        { expr: quantile(0.95, NAME.requests, { by: "method", range: RANGE }), legend: "{{method}}" },
      ],
    }),
    series("API server answers", "Attempts in a second, by class of the response; `none` had no response.", {
      unit: "ops",
      width: 8,
      queries: [{ expr: rateBy("answer", `${NAME.requests}_count`, RANGE), legend: "{{answer}}" }],
    }),
    series("Late deletions", "How long tests outlive their time to live, and deletions that failed.", {
      unit: "s",
      width: 8,
      queries: [
        { expr: quantile(0.95, NAME.deletionDelay, { range: RANGE }), legend: "p95" },
        { expr: `sum(rate(${NAME.deletionFailures}[${RANGE}]))`, legend: "failed, in a second" },
        { expr: `sum(rate(${NAME.deleted}[${RANGE}]))`, legend: "deleted, in a second" },
      ],
    }),
  ],
};

const SINKS: Row = {
  title: "Sinks by name (with KOLLECT_SINK_METRICS)",
  panels: [
    {
      title: "Sinks that do not work",
      description: "Sinks whose last verdict is False. Empty without `KOLLECT_SINK_METRICS`.",
      type: "table",
      unit: "none",
      width: 8,
      queries: [{ expr: `${NAME.lastResult} == 0`, legend: "{{namespace}}/{{sink}}" }],
    },
    {
      title: "Certificates that expire first",
      description: "Time until the last seen certificate of each sink's server expires.",
      type: "table",
      unit: "s",
      width: 8,
      queries: [
        { expr: `bottomk(20, ${NAME.certificateExpiry} - time())`, legend: "{{namespace}}/{{sink}}" },
      ],
    },
    series("Verdicts of sinks beyond the bound", "Sinks that are not shown because 1,000 others are.", {
      unit: "ops",
      width: 4,
      queries: [{ expr: `sum(rate(${NAME.notShown}[${RANGE}]))`, legend: "omitted" }],
    }),
    {
      title: "Version",
      description: "What runs.",
      type: "table",
      unit: "none",
      width: 4,
      queries: [
        {
          expr: `count by (version, exporter_version) (${NAME.build})`,
          legend: "{{version}} for {{exporter_version}}",
        },
      ],
    },
  ],
};

/** Everything that the dashboard shows, row by row. */
export const ROWS: readonly Row[] = [VERDICTS, TIMES, LOAD, SINKS];

function series(title: string, description: string, rest: Pick<Panel, "unit" | "width" | "queries">): Panel {
  return { title, description, type: "timeseries", ...rest };
}
