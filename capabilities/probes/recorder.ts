import { MAX_UNPROVEN, PHASES, type PhaseName } from "../api/vocabulary";
import type { LimitationNote, UnprovenNeed } from "../domain/exporter/judge";
import type { Failure } from "../domain/failure";
import type { PhaseRecord, ProbeReport, TlsPeer } from "../domain/outcome";
import { clean } from "./messages";
import type { Recorder } from "./probe";

/** A recorder that can also make the report from its notes. */
export interface AttemptRecorder extends Recorder {
  /** The phase that started last and has not ended. */
  running(): PhaseName | undefined;
  /** Ends the recording: a phase still running counts as Failed, and later notes are ignored. */
  report(endpoint: string, failure?: Failure): ProbeReport;
}

interface Entry {
  result: PhaseRecord["result"];
  /** Undefined while the phase never ran. */
  latencyMs?: number;
  why?: string;
  hasPassed?: boolean;
}

/**
 * The number in a server's version text: `18.4`, `16beta1`, `2.15.2-rc.1`. The rest is dropped, because
 * a hostile server could put there the credentials that it just received.
 */
const VERSION = /\d{1,4}(?:\.\d{1,5}){0,3}(?:-?(?:alpha|beta|rc|devel|dev)\.?\d{0,3})?/;

/**
 * Creates a recorder. Phases that run more than once (several hosts, brokers, redirects) become one record: times add
 * up, results are put in the order of one run, and a skipped phase does not replace one that passed.
 * @param now monotonic or wall clock, in milliseconds
 */
export function createRecorder(now: () => number): AttemptRecorder {
  const startedAt = now();
  const entries = new Map<PhaseName, Entry>();
  const open: { readonly name: PhaseName; readonly since: number }[] = [];
  const unproven = new Map<string, UnprovenNeed>();
  const limited: LimitationNote[] = [];
  const notes: { -readonly [K in "serverVersion" | "tls" | "insecure"]?: ProbeReport[K] } = {};
  let lastEnd = startedAt;
  let sealed = false;

  function note(name: PhaseName, result: "Passed" | "Failed", latencyMs: number): void {
    if (sealed) return;
    const before = entries.get(name);
    const hasPassed = result === "Passed" || before?.hasPassed === true;
    entries.set(name, { result, latencyMs: (before?.latencyMs ?? 0) + Math.max(0, latencyMs), hasPassed });
    lastEnd = now();
  }
  function end(entry: (typeof open)[number], result: "Passed" | "Failed"): void {
    const index = open.indexOf(entry);
    if (index >= 0) open.splice(index, 1);
    note(entry.name, result, now() - entry.since);
  }
  async function phase<T>(name: PhaseName, run: () => Promise<T>): Promise<T> {
    const entry = { name, since: now() };
    open.push(entry);
    try {
      const value = await run();
      end(entry, "Passed");
      return value;
    } catch (error) {
      end(entry, "Failed");
      throw error;
    }
  }
  function skipped(name: PhaseName, why: string): void {
    if (sealed || entries.get(name)?.result === "Passed") return;
    entries.set(name, { result: "Skipped", why: clean(why, 256) });
  }
  function report(endpoint: string, failure?: Failure): ProbeReport {
    for (const entry of [...open]) end(entry, "Failed");
    sealed = true;
    return {
      endpoint: clean(endpoint, 512),
      phases: inOrder(entries, failure !== undefined).map(([name, entry]) => record(name, entry)),
      ...notes,
      ...(unproven.size > 0 ? { unproven: [...unproven.values()].slice(0, MAX_UNPROVEN) } : {}),
      ...(limited.length > 0 ? { limited } : {}),
      latencyMs: Math.max(0, Math.round(lastEnd - startedAt)),
      ...(failure ? { failure } : {}),
    };
  }
  return {
    phase,
    passed: (name, latencyMs) => note(name, "Passed", latencyMs),
    skipped,
    serverVersion: (text) => {
      const version = VERSION.exec(text.slice(0, 256))?.[0];
      if (!sealed && version !== undefined) notes.serverVersion ??= version;
    },
    tls: (peer: TlsPeer) => {
      if (!sealed) notes.tls ??= peer;
    },
    unproven: (need, kind, why) => {
      if (!sealed && !unproven.has(need)) unproven.set(need, { need, kind, why: clean(why, 256) });
    },
    limited: (id, effect) => {
      const known = limited.some((note) => note.id === id && note.effect === effect);
      if (!sealed && !known) limited.push(effect === undefined ? { id } : { id, effect });
    },
    insecure: (why) => {
      if (!sealed && notes.insecure !== "PlainText") notes.insecure = why;
    },
    running: () => open.at(-1)?.name,
    report,
  };
}

/** Why a phase that passed is not shown as Passed: the run failed in an earlier phase, on a later connection. */
const OTHER_CONNECTION = "passed on an earlier connection than the one that failed";

/**
 * The results of all connections as those of one run: the failed phase is the last that failed, phases before it
 * passed, and none after it did. A success has no failed phase, because it did not depend on the failed question.
 */
function inOrder(entries: ReadonlyMap<PhaseName, Entry>, hasFailed: boolean): [PhaseName, Entry][] {
  const ran = PHASES.flatMap((name): [PhaseName, Entry][] => {
    const entry = entries.get(name);
    return entry ? [[name, entry]] : [];
  });
  const failedAt = hasFailed ? ran.map(([, { result }]) => result).lastIndexOf("Failed") : ran.length;
  if (failedAt < 0) return ran;
  return ran.map(([name, entry], index): [PhaseName, Entry] => {
    if (index < failedAt && entry.hasPassed) return [name, { ...entry, result: "Passed" }];
    if (index > failedAt && entry.result === "Passed")
      return [name, { ...entry, result: "Skipped", why: OTHER_CONNECTION }];
    return [name, entry];
  });
}

function record(name: PhaseName, { result, latencyMs, why }: Entry): PhaseRecord {
  return {
    name,
    result,
    ...(latencyMs === undefined ? {} : { latencyMs: Math.round(latencyMs) }),
    ...(why === undefined ? {} : { why }),
  };
}
