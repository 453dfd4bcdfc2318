import type { ProbePhase } from "../../../capabilities/api/types";
import { adviceOf } from "../../explain/advice";
import type { SinkResult } from "../../report/report";
import { sinkName } from "../../report/sink-name";
import { plain } from "../../terminal/wrap";
import { html, type Markup } from "./markup";

/** One sink: verdict, advice, phases as a waterfall, and unproven needs. */
export function sinkCard(sink: SinkResult): Markup {
  return html`<article class="${sink.verdict}">
    <header>
      <h2>${sinkName(sink)}</h2>
      <span class="verdict">${verdictWords(sink)}</span>
      <span class="soft">${[sink.context, sink.namespace, sink.type].filter(Boolean).join(" · ")}</span>
    </header>
    <p>${sink.message}</p>
    ${fix(sink)}${facts(sink)}${waterfall(sink.phases)}${notes(
      "Not proven",
      sink.unproven.map(unprovenLine),
    )}${notes(
      "Limitations of the exporter",
      sink.limitations.map(({ id, effect, message }) => html`<li><b>${id}</b> (${effect}): ${message}</li>`),
    )}
  </article>`;
}

function verdictWords({ verdict, cause, reason }: SinkResult): string {
  if (verdict === "True") return "verified";
  return verdict === "False" ? (cause ?? reason) : `no verdict: ${reason}`;
}

function fix({ cause }: SinkResult): Markup {
  const advice = adviceOf(cause);
  if (!advice) return html``;
  const { meaning, fix: toDo } = advice;
  return html`<p class="fix">
    <b>What to do:</b> ${plain(toDo)} <span class="soft">${plain(meaning)}</span>
  </p> `;
}

const INSECURE = "Not verified";

function facts(sink: SinkResult): Markup {
  const { tls } = sink;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Endpoint", sink.endpoint],
    ["Latency", sink.latencyMs === undefined ? undefined : `${sink.latencyMs} ms`],
    ["Server version", sink.serverVersion],
    [
      "TLS",
      tls &&
        [tls.version, tls.issuer && `issuer ${tls.issuer}`, tls.notAfter && `until ${tls.notAfter}`]
          .filter(Boolean)
          .join(", "),
    ],
    [INSECURE, sink.tlsInsecure],
    ["Test", sink.test],
  ];
  const shown = rows
    .filter(([, value]) => value)
    .map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd class="${name === INSECURE ? "open" : ""}">${value}</dd>`,
    );
  return shown.length > 0 ? html`<dl>${shown}</dl> ` : html``;
}

function waterfall(phases: readonly ProbePhase[]): Markup {
  if (phases.length === 0) return html``;
  const total = Math.max(
    1,
    phases.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0),
  );
  let before = 0;
  const rows = phases.map((phase) => {
    const start = before;
    before += phase.latencyMs ?? 0;
    return phaseRow(phase, (100 * start) / total, (100 * (phase.latencyMs ?? 0)) / total);
  });
  return html`<ol class="phases">
    ${rows}
  </ol> `;
}

function phaseRow({ name, result, latencyMs, why }: ProbePhase, start: number, width: number): Markup {
  const bar = html`<span
    class="bar"
    style="margin-left:${start.toFixed(1)}%;width:${width.toFixed(1)}%"
  ></span>`;
  const time = latencyMs === undefined ? result.toLowerCase() : `${latencyMs} ms`;
  return html`<li class="${result}">
    <span>${name}</span><span class="track">${result === "Skipped" ? undefined : bar}</span>
    <span class="time">${time}</span>${why ? html`<span class="why">${why}</span>` : undefined}
  </li>`;
}

function unprovenLine({ need, kind, why }: SinkResult["unproven"][number]): Markup {
  return html`<li><b>${need}</b> (${kind}): ${why}</li>`;
}

function notes(title: string, lines: readonly Markup[]): Markup {
  return lines.length > 0
    ? html`<p class="soft">${title}</p>
        <ul class="notes">
          ${lines}
        </ul> `
    : html``;
}
