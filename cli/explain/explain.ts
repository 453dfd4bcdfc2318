import {
  CAUSES,
  FAILURE_REASONS,
  LIMITATION_IDS,
  TRANSIENT_CAUSES,
  type Cause,
  type FailureReason,
  type LimitationId,
} from "../../capabilities/api/vocabulary";
import type { Limitation } from "../../capabilities/domain/exporter/limitation";
import { LIMITATIONS } from "../../capabilities/domain/exporter/limitations";
import { reasonOf } from "../../capabilities/domain/failure";
import { CAUSE_TEXTS } from "../../generate/reference/causes";
import { REASON_TEXTS } from "../../generate/reference/reasons";
import { plain, wrap } from "../terminal/wrap";

/** One line of an explanation: what it is about, and its text in Markdown. */
type Line = readonly [label: string, text: string];

/** The docs' text about a word, case-insensitive; undefined for a word that is in none of the three lists. */
export function explain(word: string, width: number): string | undefined {
  const cause = find(CAUSES, word);
  if (cause) return shown(cause, aboutCause(cause), width);
  const reason = find(FAILURE_REASONS, word);
  if (reason) return shown(reason, aboutReason(reason), width);
  const limitation = find(LIMITATION_IDS, word);
  return limitation && shown(limitation, aboutLimitation(limitation), width);
}

/** Every word that {@link explain} explains, by list. */
export function words(): string {
  const list = (title: string, all: readonly string[]): string => [title, ...all].join("\n  ");
  return `${[
    list("Reasons:", FAILURE_REASONS),
    list("Causes:", CAUSES),
    list("Limitations of the exporter:", LIMITATION_IDS),
  ].join("\n\n")}\n`;
}

function find<T extends string>(all: readonly T[], word: string): T | undefined {
  return all.find((each) => each.toLowerCase() === word.toLowerCase());
}

function aboutCause(cause: Cause): Line[] {
  const { meaning, fix } = CAUSE_TEXTS[cause];
  const again = TRANSIENT_CAUSES.has(cause)
    ? "may pass by itself; spec.retryLimit and --retries apply"
    : "no";
  return [
    ["A cause of reason", reasonOf(cause)],
    ["Meaning", meaning],
    ["Fix", fix],
    ["Transient", again],
    ["More", `docs/troubleshooting.md#${cause.toLowerCase()}`],
  ];
}

function aboutReason(reason: FailureReason): Line[] {
  const { cause, fix } = REASON_TEXTS[reason];
  const causes = CAUSES.filter((each) => reasonOf(each) === reason && !reason.startsWith("Sink"));
  return [
    ["Meaning", `${cause}.`],
    ["Fix", `${fix}.`],
    ...(causes.length > 0 ? [["Causes", causes.join(", ")] as const] : []),
    ["More", `docs/troubleshooting.md#${reason.toLowerCase()}`],
  ];
}

function aboutLimitation(id: LimitationId): Line[] {
  const { types, versions, when, effect, does, workaround }: Limitation = LIMITATIONS[id];
  return [
    ["A limitation of", `Kollect ${versions.join(", ")}, for sinks of type ${types.join(", ")}`],
    ["Applies when", `${when}.`],
    ["The exporter", `${does}.`],
    ["Effect", effect],
    ["Workaround", workaround],
    ["More", `docs/limitations.md#${id.toLowerCase()}`],
  ];
}

const INDENT = "  ";

function shown(title: string, lines: readonly Line[], width: number): string {
  const text = lines.map(([label, value]) => wrap(`${label}: ${plain(value)}`, width, INDENT));
  return `${[title, ...text].join("\n")}\n`;
}
