import type { KollectConnectionTest, ProbedSink, ProbePhase, ProbeTls } from "../api/types";
import type { SinkChange } from "../api/vocabulary";
import type { ExporterLimitation, LimitationNote, UnprovenNeed } from "./exporter/judge";
import type { Failure } from "./failure";
import type { SinkTarget } from "./spec";

export type { ProbedSink, ProbePhase as PhaseRecord, ProbeTls as TlsPeer };

/** The outcome of one attempt, as data. */
export interface ProbeReport {
  readonly endpoint?: string;
  readonly phases: readonly ProbePhase[];
  readonly serverVersion?: string;
  readonly tls?: ProbeTls;
  readonly insecure?: "VerificationSkipped" | "PlainText";
  /** What the exporter needs and the probe could not prove; absent when everything was proven. */
  readonly unproven?: readonly UnprovenNeed[];
  /** Limitations of the exporter that the probe found. */
  readonly limited?: readonly LimitationNote[];
  /** Whole milliseconds from Resolve to Authorize, without waiting for a slot. */
  readonly latencyMs: number;
  /** Absent when the sink works. */
  readonly failure?: Failure;
}

/** An attempt with its report; its session may still be closing. */
export interface EndedAttempt {
  readonly report: ProbeReport;
  /** Resolves when everything that it opened is closed. */
  readonly closed: Promise<void>;
}

/** The final outcome of a run, the same for every test that shared it. */
export interface Outcome {
  readonly probeId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly completedAt: number;
  readonly attempts: number;
  /** Milliseconds that attempts waited for a slot. */
  readonly waitedMs: number;
  /** How many tests shared the probe. */
  readonly sharedBy: number;
  /** Absent when the sink was never found. */
  readonly sink?: ProbedSink;
  /** The Secrets that were read, for the audit record. */
  readonly secrets: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion: string;
  }[];
  /** The last attempt; absent when nothing was dialled. */
  readonly report?: ProbeReport;
  /** Limitations of the configured exporter that apply, the worst first; absent when there are none. */
  readonly limitations?: readonly ExporterLimitation[];
  /** Set when the sink changed while it was probed, and the outcome is reported nevertheless. */
  readonly sinkChanged?: SinkChange;
  /** Absent when the sink works. */
  readonly failure?: Failure;
}

/** Why a run ended before its verdict was visible. */
export type AbortCause =
  | "TestChanged"
  | "TestDeleted"
  | "SinkChanged"
  | "SinkDeleted"
  | "OperatorEnded"
  | "OperatorFailed";

/** The reason of a run's signal. */
export class RunAborted extends Error {
  override readonly name = "AbortError";

  constructor(readonly why: AbortCause) {
    super(`the run ended before its verdict: ${why}`);
  }
}

/** Why the run of this signal ended without an outcome. */
export function abortCauseOf({ reason }: AbortSignal): AbortCause {
  return reason instanceof RunAborted ? reason.why : "OperatorFailed";
}

/** What an attempt dials and the Secrets whose credentials it uses; known when it begins. */
export interface Dialled extends Pick<Outcome, "startedAt" | "attempts" | "sink" | "secrets"> {
  readonly endpoint: string;
}

/** What is known about a run that ended after it began to dial and before it had an outcome. */
export function abandonedOutcome(
  { endpoint, ...dialled }: Dialled,
  shared: Pick<Outcome, "probeId" | "sharedBy">,
  now: number,
): Outcome {
  const report = { endpoint, phases: [], latencyMs: 0 };
  return { ...dialled, ...shared, completedAt: now, waitedMs: 0, report };
}

/** A run that dialled and whose verdict is not visible. */
export interface AbortedRun extends Verdict {
  readonly why: AbortCause;
}

/** A probe that the sink itself requested. */
export interface SinkProbe {
  readonly target: SinkTarget;
  readonly because: "annotation" | "generation";
  readonly outcome: Outcome;
  /** Set when it ended before it had a verdict. */
  readonly aborted?: AbortCause;
}

/** A written and visible verdict, for the records that outlive the test. */
export interface Verdict {
  readonly test: KollectConnectionTest;
  /** Undefined when the spec does not name exactly one sink. */
  readonly target: SinkTarget | undefined;
  /** Whether that sink should own the test. */
  readonly ownerSink: boolean;
  readonly outcome: Outcome;
  /** The user who requested the run, as admission recorded it; undefined where admission does not apply. */
  readonly requestedBy: string | undefined;
  /** Milliseconds from the test's observation to the start of its probe, plus the wait for slots. */
  readonly waitedMs: number;
}

/** What a run is doing while it has no outcome yet. */
export type ProgressReason = "Probing" | "WaitingForSink" | "WaitingForSecret" | "RetryBackoff";

export interface Progress {
  readonly reason: ProgressReason;
  /** Milliseconds since the epoch; absent before the run has started. */
  readonly startedAt?: number;
  readonly attempts: number;
  readonly message: string;
  /** The failure that it waits out, in grace and backoff. */
  readonly failure?: Failure;
  /** Set when an attempt begins. */
  readonly dialled?: Dialled;
}
