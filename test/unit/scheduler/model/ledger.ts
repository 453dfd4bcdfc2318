import { expect } from "vitest";
import type { ConnectionTestStatus, KollectConnectionTest, Sink } from "../../../../capabilities/api/types";
import type { ObjectRef } from "../../../../capabilities/domain/ports";
import type { Load } from "../../../../capabilities/records/metrics";

/** How many probes may run at the same time, of what. */
export type DialLimits = (plan: DialledPlan) => Readonly<Record<string, number>>;

/** What a probe of the model dials. */
export interface DialledPlan {
  readonly endpoint: string;
  readonly namespace: string;
}

/** What the model reads of a line of the audit record. */
export interface Recorded {
  readonly outcome: "Completed" | "Aborted";
  readonly test: { readonly uid: string; readonly generation: number };
  readonly probeId: string;
  readonly attempts: number;
}

/** A test that the process has been shown, in its newest generation. */
interface Asking {
  readonly test: KollectConnectionTest;
  /** Counts what happens, so that two things can be told apart at the same time. */
  readonly order: number;
  /** Milliseconds, on a clock that is never set. */
  readonly at: number;
  /** The generation of its sink that had been shown by then; undefined when it is not known. */
  readonly seen: number | undefined;
}

interface Attempt {
  readonly plan: DialledPlan;
  /** When the run of this attempt began to read. */
  readonly started: number;
}

interface Options {
  readonly exists: (uid: string) => boolean;
  readonly graceMs: number;
  readonly limits: DialLimits;
}

/**
 * Holds what the operator was shown against what it does, and notes which invariants it breaks. A failed expectation
 * inside of the operator would only be tried again by it.
 */
export class Ledger {
  readonly #violations = new Set<string>();
  /** The probe that gave a run its verdict. A run is a generation of a test. */
  readonly #verdicts = new Map<string, string | undefined>();
  /** How often the verdict of a run was recorded. */
  readonly #records = new Map<string, number>();
  /** Attempts of the process that runs, and those in its records by the id of their probe: tests may share one. */
  #begun = 0;
  #recorded = new Map<string, number>();
  /** What each probe was asked, by its id. */
  readonly #questions = new Map<string, string>();
  readonly #attempts = new Map<string, Attempt>();
  /** When each run began to read; the signal is the same for all that one run does. */
  readonly #reading = new WeakMap<AbortSignal, number>();
  #order = 0;
  /** Of the process that runs. */
  #asking = new Map<string, Asking>();
  #generations = new Map<string, number>();
  #gone = new Set<string>();
  #sinks = new Map<string, number>();
  #dials = new Map<string, number>();

  constructor(private readonly options: Options) {}

  /** A new process was started, which was shown nothing. */
  restarted(): void {
    this.#asking = new Map();
    this.#generations = new Map();
    this.#gone = new Set();
    this.#sinks = new Map();
    this.#dials = new Map();
    this.#begun = 0;
    this.#recorded = new Map();
  }

  /** The process is shown a test by an event. */
  shown(test: KollectConnectionTest): void {
    const { namespace = "", uid = "", generation = 0 } = test.metadata;
    this.#generations.set(uid, Math.max(generation, this.#generations.get(uid) ?? 0));
    this.#ask(test, this.#sinks.get(`${namespace}/${sinkOf(test)}`) ?? 0);
  }

  shownGone({ metadata }: KollectConnectionTest): void {
    this.#gone.add(metadata.uid ?? "");
  }

  shownSink({ metadata }: Sink): void {
    this.#sinks.set(`${metadata.namespace}/${metadata.name}`, metadata.generation ?? 0);
  }

  /** The process gets a test in answer to a question. */
  answered(test: KollectConnectionTest | undefined): KollectConnectionTest | undefined {
    if (test) this.#ask(test, undefined);
    return test;
  }

  /** A run reads its sink. */
  reads(signal: AbortSignal | undefined): void {
    if (signal && !this.#reading.has(signal)) this.#reading.set(signal, ++this.#order);
  }

  /** A run of a test is about to write its status. */
  writes({ uid, generation }: ObjectRef & { generation: number }, signal: AbortSignal | undefined): void {
    const isOver = this.#gone.has(uid) || (this.#generations.get(uid) ?? 0) > generation;
    this.#forbid(isOver && !signal?.aborted, `${uid}/${generation} goes on although it is over`);
  }

  /** An attempt begins. Returns the word by which its verdict is recognized. */
  begins(plan: DialledPlan, { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }): string {
    const wanted = this.#unanswered().some(
      ({ metadata, spec }) =>
        metadata.namespace === plan.namespace &&
        spec.sinkRef.databaseSinkRef === plan.endpoint &&
        (spec.timeoutSeconds ?? 0) * 1000 === timeoutMs,
    );
    this.#forbid(!wanted, `${plan.namespace}/${plan.endpoint} is probed although no test asks for it`);
    this.#dial(plan, 1);
    this.#begun += 1;
    const word = `attempt ${++this.#order}`;
    this.#attempts.set(word, { plan, started: this.#reading.get(signal) ?? 0 });
    return word;
  }

  /** Everything that an attempt has opened is closed. */
  closes(plan: DialledPlan): void {
    this.#dial(plan, -1);
  }

  /** A verdict is written; again when the answer to the first write was lost. */
  verdict(test: KollectConnectionTest, status: ConnectionTestStatus): void {
    const run = runOf(test);
    const first = this.#verdicts.get(run) ?? status.probeId;
    this.#verdicts.set(run, first);
    this.#forbid(first !== status.probeId, `${run} got two verdicts`);
    const asking = this.#asking.get(test.metadata.uid ?? "");
    if (!asking || runOf(asking.test) !== run) return this.#forbid(true, `${run} was never shown`);
    const attempt = this.#attempts.get(status.probe?.serverVersion ?? "");
    if (attempt) this.#checkAnswer(asking, attempt);
    else this.#checkGrace(asking);
    this.#checkQuestion(asking, status.probeId ?? "");
  }

  /** A run is recorded for audit; one without a verdict may run again. */
  recorded({ outcome, test, probeId, attempts }: Recorded): void {
    this.#recorded.set(probeId, Math.max(attempts, this.#recorded.get(probeId) ?? 0));
    if (outcome === "Aborted") return;
    const run = `${test.uid}/${test.generation}`;
    this.#records.set(run, (this.#records.get(run) ?? 0) + 1);
  }

  /** @param load how many tests wait for a probe by the operator's own account */
  check(load: Pick<Load, "running" | "waiting">): void {
    const seats = load.running() + load.waiting();
    this.#forbid(seats > this.#unanswered().length, "more wait for a probe than there are tests without one");
    expect([...this.#violations]).toEqual([]);
  }

  checkEnd(): void {
    this.checkRecords();
    for (const [run, times] of this.#records) expect(times, `records of ${run}`).toBe(1);
    expect([...this.#dials].filter(([, open]) => open !== 0)).toEqual([]);
  }

  /** Every attempt of the process is in the audit record, also where its run ended without a verdict. */
  checkRecords(): void {
    const recorded = [...this.#recorded.values()].reduce((sum, attempts) => sum + attempts, 0);
    expect(recorded, "attempts in the audit record").toBe(this.#begun);
  }

  /** Tests that the process must get a verdict for, by what it was shown. */
  #unanswered(): KollectConnectionTest[] {
    return [...this.#asking.values()]
      .map(({ test }) => test)
      .filter((test) => {
        const { uid = "" } = test.metadata;
        return !this.#gone.has(uid) && !(this.#verdicts.has(runOf(test)) && this.options.exists(uid));
      });
  }

  #ask(test: KollectConnectionTest, seen: number | undefined): void {
    const { uid = "", generation = 0 } = test.metadata;
    const before = this.#asking.get(uid)?.test.metadata.generation ?? -1;
    if (before >= generation) return;
    this.#asking.set(uid, { test, order: ++this.#order, at: performance.now(), seen });
  }

  #checkAnswer({ test, order }: Asking, { plan, started }: Attempt): void {
    const isItsSink = plan.namespace === test.metadata.namespace && plan.endpoint === sinkOf(test);
    this.#forbid(!isItsSink, `${runOf(test)} got another sink's verdict`);
    this.#forbid(
      started < order,
      `${runOf(test)} got the answer of a probe that had started before it asked`,
    );
  }

  /** No attempt was made because the sink is missing: a run that had started before would not wait so long. */
  #checkGrace({ test, at }: Asking): void {
    const waited = performance.now() - at;
    this.#forbid(waited < this.options.graceMs, `${runOf(test)} did not wait for its sink`);
  }

  #checkQuestion({ test, seen }: Asking, probeId: string): void {
    if (seen === undefined) return;
    const { timeoutSeconds, retryLimit } = test.spec;
    const question = JSON.stringify([
      test.metadata.namespace,
      sinkOf(test),
      seen,
      timeoutSeconds,
      retryLimit,
    ]);
    const first = this.#questions.get(probeId) ?? question;
    this.#questions.set(probeId, first);
    this.#forbid(first !== question, `${runOf(test)} shares a probe with another question`);
  }

  #dial(plan: DialledPlan, by: 1 | -1): void {
    for (const [what, limit] of Object.entries(this.options.limits(plan))) {
      const open = (this.#dials.get(what) ?? 0) + by;
      this.#dials.set(what, open);
      this.#forbid(open > limit, `more probes of ${what} than allowed`);
    }
  }

  #forbid(broken: boolean, invariant: string): void {
    if (broken) this.#violations.add(invariant);
  }
}

function runOf({ metadata }: KollectConnectionTest): string {
  return `${metadata.uid}/${metadata.generation}`;
}

function sinkOf({ spec }: KollectConnectionTest): string {
  return spec.sinkRef.databaseSinkRef ?? "";
}
