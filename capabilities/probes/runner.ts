import type { Cause, PhaseName } from "../api/vocabulary";
import { failed, type Failure, type FailureError } from "../domain/failure";
import type { EndedAttempt } from "../domain/outcome";
import type { Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { after, startDeadline } from "../lib/deadline";
import type { AddressPolicy } from "./net/address-policy";
import { netFailure } from "./net/errors";
import { errorShape } from "./error-shape";
import { createDialler } from "./net/guarded-dialler";
import { attemptTurns, type DerivationTurn } from "./net/key-derivation";
import type { ResolveHost } from "./net/names/resolve";
import { systemResolver } from "./net/names/system-resolver";
import { BACKEND_NAMES, clean, seconds } from "./messages";
import type { Probe, ProbePlan } from "./probe";
import { createRecorder, type AttemptRecorder } from "./recorder";

export interface AttemptOptions {
  /** Time limit from dialling to the end of the last phase, without the closes that are left for later. */
  readonly timeoutMs: number;
  /** Aborts when the result is no longer needed. */
  readonly signal: AbortSignal;
  readonly addressPolicy: AddressPolicy;
  readonly clock: Clock;
  /** Absent means the system's resolver. */
  readonly resolveHost?: ResolveHost;
  /** Absent means that keys are derived at once, as when a single probe runs. */
  readonly takeTurn?: DerivationTurn;
  /** Called with each phase when it starts, to show progress. */
  readonly onPhase?: (phase: PhaseName) => void;
  /** Receives errors that are in no table, without their text, which may contain secrets. */
  readonly logger?: Pick<Logger, "error">;
}

/** How long a probe may take to end after its signal aborts, in milliseconds; after that the report does not wait. */
const LET_GO_MS = 150;

/**
 * Runs one attempt of a probe and reports it. Every end but one is a report: with `TimedOut` past the deadline, and
 * `Internal` for an error that is in no table. Rejects only with `signal`'s reason. Settles
 * within {@link LET_GO_MS} of deadline or abort even if the driver ignores both, and destroys the sockets
 * that it left open; so does its `closed`, after the closes for which no verdict waits.
 */
export async function runProbe<P extends ProbePlan>(
  probe: Probe<P>,
  plan: P,
  options: AttemptOptions,
): Promise<EndedAttempt> {
  const { signal, clock, timeoutMs } = options;
  signal.throwIfAborted();
  const about = { probe, plan, options };
  const attempt = startAttemptDeadline(options, () => timedOutIn(recorder.running(), about));
  const recorder = watched(
    createRecorder(() => clock.now() - attempt.waitedMs()),
    options.onPhase,
  );
  const turns = attemptTurns(options.takeTurn, attempt);
  const dialler = createDialler({
    policy: options.addressPolicy,
    recorder,
    resolveHost: options.resolveHost ?? systemResolver(),
    signal: attempt.signal,
    maxBytesIn: probe.maxBytesIn,
  });
  const closes: (() => Promise<void>)[] = [];
  const closeLater = (close: () => Promise<void>): void => void closes.push(close);
  const run = settled(() =>
    probe.run(plan, {
      signal: attempt.signal,
      timeoutMs,
      dialler,
      recorder,
      derivationTurn: turns.await,
      closeLater,
    }),
  );
  const end = await Promise.race([run, attempt.graceOver]);
  turns.giveBack();
  if (signal.aborted) {
    await closeAll(closes, dialler, attempt);
    throw signal.reason;
  }
  const failure =
    attempt.timedOut() ??
    (end.ok ? undefined : blamingOverrun(explained(end.error, about), dialler.overrun()));
  const report = recorder.report(plan.shown ?? plan.endpoint, failure);
  return { report, closed: closeAll(closes, dialler, attempt) };
}

/** The recorder with a callback when a phase starts. */
function watched(recorder: AttemptRecorder, onPhase: AttemptOptions["onPhase"]): AttemptRecorder {
  if (!onPhase) return recorder;
  return {
    ...recorder,
    phase: (name, run) => {
      onPhase(name);
      return recorder.phase(name, run);
    },
  };
}

/** Never rejects: a failed close leaves only a socket, which is destroyed with the others. */
async function closeAll(
  closes: readonly (() => Promise<void>)[],
  dialler: { close(): void },
  attempt: AttemptDeadline,
): Promise<void> {
  if (closes.length > 0) await Promise.race([Promise.all(closes.map(settled)), attempt.graceOver]);
  dialler.close();
  attempt.end();
}

interface AttemptDeadline {
  /** Aborts at the deadline and with the caller's signal. */
  readonly signal: AbortSignal;
  /** Settles when the probe's time to end after the signal aborted is over. */
  readonly graceOver: Promise<End>;
  timedOut(): Failure | undefined;
  /** Stops the clock of the deadline, and returns the function that starts it again. */
  pause(): () => void;
  /** How long the clock was stopped, in milliseconds. */
  waitedMs(): number;
  /** Stops the timers and unfinished connection attempts. */
  end(): void;
}

function startAttemptDeadline(options: AttemptOptions, describeTimeout: () => Failure): AttemptDeadline {
  const { clock, signal: caller } = options;
  const attempt = new AbortController();
  const over = new AbortController();
  let timedOut: Failure | undefined;
  const onCallerAbort = (): void => attempt.abort(caller.reason);
  caller.addEventListener("abort", onCallerAbort, { once: true });
  const deadline = startDeadline({ clock, ms: options.timeoutMs, cancelled: over.signal }, () => {
    timedOut = describeTimeout();
    attempt.abort(failed("TimedOut", timedOut.message));
  });
  const graceOver = new Promise<End>((resolve) => {
    const giveUp = (): void => resolve({ ok: false, error: attempt.signal.reason });
    attempt.signal.addEventListener(
      "abort",
      () => after({ clock, ms: LET_GO_MS, cancelled: over.signal }, giveUp),
      {
        once: true,
      },
    );
  });
  return {
    signal: attempt.signal,
    graceOver,
    timedOut: () => timedOut,
    pause: deadline.pause,
    waitedMs: deadline.waitedMs,
    end: () => {
      over.abort();
      caller.removeEventListener("abort", onCallerAbort);
      attempt.abort(new Error("the attempt is over"));
    },
  };
}

type End = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

async function settled(work: () => Promise<void>): Promise<End> {
  try {
    await work();
    return { ok: true };
  } catch (error) {
    return { ok: false, error };
  }
}

interface About {
  readonly probe: Pick<Probe, "type">;
  readonly plan: ProbePlan;
  readonly options: AttemptOptions;
}

const NOT_ANSWERED: Readonly<Record<PhaseName, string>> = {
  Resolve: "Check the cluster's DNS and the NetworkPolicy of the operator's namespace.",
  Connect: "Check the address, NetworkPolicies and firewalls.",
  TLS: "Check that the port uses TLS, and the server's load.",
  Authenticate: "Check the port's protocol, and the server's load and log.",
  Verify: "Check the server's load and log.",
  Authorize: "Check the server's load and log.",
};

function timedOutIn(phase: PhaseName | undefined, about: About): Failure {
  const when = phase ? ` during ${phase}` : "";
  const hint = NOT_ANSWERED[phase ?? "Verify"];
  const message = `${nameOf(about)} did not answer within ${seconds(about.options.timeoutMs)}${when}. ${hint}`;
  return failed("TimedOut", clean(message)).failure;
}

function explained(error: unknown, about: About): Failure {
  const { endpoint } = about.plan;
  const known = netFailure(error, { endpoint, host: endpoint });
  if (known) return { ...known.failure, message: clean(known.failure.message) };
  about.options.logger?.error(
    { type: about.probe.type, errors: errorShape(error) },
    "a probe hit an unexpected error",
  );
  const message =
    `The probe of ${nameOf(about)} hit an unexpected error. ` +
    "This is a bug in the operator: report it with the operator's log of this probe.";
  return failed("Internal", clean(message)).failure;
}

/** Causes that can follow when a connection was closed because its peer exceeded a limit. */
const ENDED: readonly (Cause | undefined)[] = ["Unreachable", "TLSFailed", "Internal"];

/** Replaces the failure: drivers report a connection that the operator closed as closed by the server. */
function blamingOverrun(failure: Failure, overrun: FailureError | undefined): Failure {
  return overrun && ENDED.includes(failure.cause) ? overrun.failure : failure;
}

function nameOf({ probe, plan }: Pick<About, "probe" | "plan">): string {
  return `${BACKEND_NAMES[probe.type]} at ${clean(plan.shown ?? plan.endpoint, 512)}`;
}
