import type { Report, SinkResult } from "../../report/report";
import { html, Markup } from "./markup";
import { sinkCard } from "./sink";
import { STYLE } from "./style";

/** Content security policy: a browser may not load or run anything for this page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const RANK: Readonly<Record<SinkResult["verdict"], number>> = { False: 0, Unknown: 1, True: 2 };

/** A bar of the verdicts' shares. */
function shares(summary: Report["summary"]): Markup {
  const parts = (["True", "False", "Unknown"] as const).filter((verdict) => summary[verdict] > 0);
  const bars = parts.map(
    (verdict) => html`<span class="${verdict}" style="flex-grow:${summary[verdict]}"></span>`,
  );
  return html`<div class="shares">${bars}</div>`;
}

/** One self-contained page without scripts, with failures first; for light and dark mode, and for narrow screens. */
export function htmlOf(report: Report): string {
  const { summary, command, from, completedAt, error } = report;
  const sinks = [...report.sinks].sort((a, b) => RANK[a.verdict] - RANK[b.verdict]);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>Kollect sinks: ${summary.True} of ${summary.total} verified</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <h1>Kollect sinks: ${summary.True} of ${summary.total} verified</h1>
        <p class="soft">kubectl kollect ${command}, probed from ${from}, ${completedAt}</p>
        <ul class="counts">
          <li class="True"><b>${summary.True}</b> verified</li>
          <li class="False"><b>${summary.False}</b> failed</li>
          <li class="Unknown"><b>${summary.Unknown}</b> without a verdict</li>
        </ul>
        ${shares(summary)}
        ${error === undefined ? undefined : html`<p class="error">The run failed: ${error}</p>`}
        <main>${sinks.map(sinkCard)}</main>
      </body>
    </html> `;
  return page.html;
}
