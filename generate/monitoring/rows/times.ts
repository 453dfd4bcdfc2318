import { series, type Panel, type Query, type Row } from "../panel";
import { NAME, OF_TYPE, quantile, RANGE } from "../queries";

const QUANTILES = [0.5, 0.95, 0.99];

/** How long tests take. */
export const TIMES: Row = {
  title: "Times (logarithmic axes)",
  panels: [
    series("Latency by phase, p95", "Duration of each phase of a probe. Check the slowest one first.", {
      unit: "s",
      width: 8,
      logarithmic: true,
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
      logarithmic: true,
      queries: quantiles(NAME.duration, OF_TYPE),
    }),
    series("Wait before a probe", "From the first event of a test to the start of its probe.", {
      unit: "s",
      width: 8,
      logarithmic: true,
      queries: quantiles(NAME.wait),
    }),
  ],
};

function quantiles(name: string, matchers = ""): Panel["queries"] {
  return QUANTILES.map(
    (share): Query => ({
      expr: quantile(share, name, { matchers, range: RANGE }),
      legend: `p${share * 100}`,
    }),
  );
}
