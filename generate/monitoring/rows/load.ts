import { series, type Row } from "../panel";
import { NAME, perMinute, quantile, RANGE, rateBy } from "../queries";

/** What the operator has to do, and how the API server answers it. */
export const LOAD: Row = {
  title: "Load",
  panels: [
    series(
      "Queue",
      "Tests whose probe runs or waits for a slot, a sink or a Secret, and tests behind a probe of their own sink.",
      {
        unit: "short",
        width: 6,
        queries: [
          { expr: `sum(${NAME.running})`, legend: "in progress" },
          { expr: `sum(${NAME.waiting})`, legend: "behind their sink's probe" },
        ],
      },
    ),
    series("Slots in use", "Share of the probe slots in use. Slow probes have separate slots.", {
      unit: "percentunit",
      width: 6,
      max: 1,
      queries: [
        {
          expr: `sum by (lane) (${NAME.slotsInUse}) / sum by (lane) (${NAME.slots})`,
          legend: "{{lane}}",
        },
      ],
    }),
    series("Delay of deletions, p95", "How long tests outlive their time to live.", {
      unit: "s",
      width: 6,
      queries: [{ expr: quantile(0.95, NAME.deletionDelay, { range: RANGE }), legend: "p95" }],
    }),
    series("Deletions per minute", "Tests whose time to live was over. Failed ones are tried again.", {
      unit: "short",
      width: 6,
      colours: { deleted: "green", failed: "red" },
      queries: [
        { expr: perMinute(NAME.deleted, RANGE), legend: "deleted" },
        { expr: perMinute(NAME.deletionFailures, RANGE), legend: "failed" },
      ],
    }),
    series("API server latency, p95", "Duration of one attempt of a request, by method.", {
      unit: "s",
      width: 6,
      queries: [
        { expr: quantile(0.95, NAME.requests, { by: "method", range: RANGE }), legend: "{{method}}" },
      ],
    }),
    series("API server requests", "Attempts in a second, by class of the response; `none` had no response.", {
      unit: "reqps",
      width: 6,
      colours: { "2xx": "green", "4xx": "orange", "5xx": "red", none: "purple" },
      queries: [{ expr: rateBy("answer", `${NAME.requests}_count`, RANGE), legend: "{{answer}}" }],
    }),
    series("Events that wait", "Events about verdicts that are not written yet.", {
      unit: "short",
      width: 6,
      queries: [{ expr: `sum(${NAME.eventsWaiting})`, legend: "waiting" }],
    }),
    series("Events dropped per minute", "Too many waited, or the API server refused them.", {
      unit: "short",
      width: 6,
      colours: { dropped: "red" },
      queries: [{ expr: perMinute(NAME.eventsDropped, RANGE), legend: "dropped" }],
    }),
  ],
};
