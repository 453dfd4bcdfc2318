import { DEFAULT_EXPORTER } from "../../../capabilities/domain/exporter/settings";
import { AsyncLocalStorage } from "node:async_hooks";
import { expect, vi } from "vitest";
import type { ConnectionTestStatus, KollectConnectionTest, Sink } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import { hasVerdict } from "../../../capabilities/domain/decide";
import { failed } from "../../../capabilities/domain/failure";
import type { Outcome, EndedAttempt } from "../../../capabilities/domain/outcome";
import type { Logger, ObjectRef, WriteResult } from "../../../capabilities/domain/ports";
import type { Probe } from "../../../capabilities/probes/probe";
import type { Resolution } from "../../../capabilities/resolve/resolve-sink";
import { pageStatus } from "../../../capabilities/domain/status";
import { Doubts } from "../../../capabilities/scheduler/doubts";
import { KEPT_PLAN_BYTES, runOnce } from "../../../capabilities/scheduler/probe-run";
import { Reaper } from "../../../capabilities/scheduler/reaper";
import {
  SharedProbes,
  type Participant,
  type ProbeRequest,
} from "../../../capabilities/scheduler/shared-probes";
import { SinkIndex } from "../../../capabilities/scheduler/sink-index";
import { Slots } from "../../../capabilities/scheduler/slots";
import { systemClock } from "../../../capabilities/lib/clock";
import { TestRuns } from "../../../capabilities/scheduler/test-runs";
import { makeTest } from "../../fixtures/make-test";

export type Action =
  | { do: "create"; name: string; sink: string }
  | { do: "patch" | "delete" | "label"; name: string }
  /** An old event comes again, as after a reconnect; or a list lacks the object, which may be gone or newer. */
  | { do: "replay"; at: number; missing: boolean }
  | { do: "restart" }
  | { do: "touch-sink"; sink: string }
  /** So many calls fail from now on, and the clock jumps. */
  | { do: "disturb"; failures: number; jumpMs: number }
  | { do: "wait"; ms: number };

interface AttemptOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const SLOW = { afterMs: 500, global: 1, perNamespace: 1 };
const LIMITS = { global: 3, perEndpoint: 2, perNamespace: 2, slow: SLOW };
const MAX_PER_SINK = 2;
const clock = systemClock();

/** Who asks: the test on whose behalf the code runs. */
interface Asking {
  readonly uid: string;
  /** Moves when a run finds a newer one and goes on for that. */
  generation: number;
}

/** A run of a test, from its question to its answer. */
interface Asked extends Asking {
  readonly signal: AbortSignal;
}

/**
 * The operator's real runtime over a model of the API server that keeps its promises (uid and generation
 * preconditions) and breaks what it may: events come late, twice, and out of order; calls fail and succeed.
 */
export class World {
  readonly #objects = new Map<string, KollectConnectionTest>();
  readonly #history: KollectConnectionTest[] = [];
  readonly #verdicts = new Map<string, number>();
  readonly #sinks = new Map<string, number>([
    ["healthy", 1],
    ["silent", 1],
    ["flaky", 1],
  ]);
  readonly #asking = new AsyncLocalStorage<Asking>();
  /** The order in which the shared run under way was started. */
  readonly #running = new AsyncLocalStorage<number>();
  readonly #unanswered = new Set<Asked>();
  /** How often a verdict was recorded. */
  readonly #recorded = new Map<string, number>();
  /** Tests whose deletion this process was shown. */
  readonly #shownGone = new Set<string>();
  /** What each probe was asked, by its id. */
  readonly #questions = new Map<string, string>();
  /** Invariants that were broken; a failed expectation inside of the operator would only be retried by it. */
  readonly #violations = new Set<string>();
  readonly #dials = new Map<string, number>();
  #order = 0;
  #version = 100;
  #uids = 0;
  #failures = 0;
  #starts = 0;
  #random: () => number;
  #operator = this.#start();

  /** What the operator warned of. */
  readonly warnings: string[] = [];

  /** @param prunes whether the installed CRD drops what the page does not know */
  constructor(
    seed: number,
    private readonly prunes = false,
  ) {
    let state = seed >>> 0;
    this.#random = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  }

  names(): string[] {
    return [...this.#objects.keys()].sort();
  }

  async perform(action: Action): Promise<void> {
    switch (action.do) {
      case "create":
        return this.#create(action.name, action.sink);
      case "patch":
        return this.#change(action.name, (test) => ({
          ...test,
          metadata: { ...test.metadata, generation: (test.metadata.generation ?? 0) + 1 },
          spec: { ...test.spec, requestedAt: String(this.#version) },
        }));
      case "label":
        return this.#change(action.name, (test) => test);
      case "delete":
        return this.#delete(action.name);
      case "replay":
        return this.#recall(action);
      case "restart":
        return this.#restart();
      case "touch-sink":
        return this.#touchSink(action.sink);
      case "disturb":
        this.#failures = action.failures;
        return void vi.setSystemTime(Date.now() + action.jumpMs);
      case "wait":
        await vi.advanceTimersByTimeAsync(action.ms);
    }
  }

  /** Long enough for grace, timeouts, retries and backoff of everything that was asked for. */
  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(60_000);
  }

  checkInvariants(): void {
    expect([...this.#violations]).toEqual([]);
  }

  checkEnd(): void {
    for (const test of this.#objects.values()) {
      expect(hasVerdict(test), `verdict of ${test.metadata.name}`).toBe(true);
    }
    for (const [run, count] of this.#verdicts) expect(count, `verdicts of ${run}`).toBe(1);
    for (const [run, count] of this.#recorded) expect(count, `records of ${run}`).toBe(1);
    const { runs, probes, slots, reaper } = this.#operator;
    expect({ runs: runs.size, ...probes.count(), executing: probes.executing }).toEqual({
      runs: 0,
      waiting: 0,
      running: 0,
      executing: 0,
    });
    expect({ slots: slots.running, owes: slots.owes, isLate: reaper.isLate, unseen: runs.unseen }).toEqual({
      slots: 0,
      owes: false,
      isLate: false,
      unseen: 0,
    });
    expect(this.#dials.get("all") ?? 0).toBe(0);
    expect([...this.#unanswered].filter(({ signal }) => !signal.aborted)).toEqual([]);
    this.checkInvariants();
  }

  /** Nothing is known of tests that are gone; where a late event came after the deletion, until their time is over. */
  async checkForgotten(): Promise<void> {
    for (const name of this.names()) this.#delete(name);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    await vi.advanceTimersByTimeAsync(31_000);
    const { runs, reaper } = this.#operator;
    expect({ runs: runs.size, unseen: runs.unseen, held: reaper.size }).toEqual({
      runs: 0,
      unseen: 0,
      held: 0,
    });
  }

  #start() {
    const slots = new Slots(LIMITS);
    const sinks = new SinkIndex();
    const log: Logger = {
      debug() {},
      info() {},
      warn: (_, message) => this.warnings.push(message),
      error() {},
    };
    const cluster = {
      getTest: (_namespace: string, name: string) => this.#call(() => this.#objects.get(name)),
      writeStatus: (ref: ObjectRef & { generation: number }, status: ConnectionTestStatus) =>
        this.#call(() => this.#writeStatus(ref, status)),
      deleteTest: (ref: ObjectRef & { resourceVersion: string }) => this.#call(() => this.#reap(ref)),
    };
    const probes = new SharedProbes((request, report, signal) => {
      const { namespace } = request.target;
      const dependencies = {
        clock,
        slots,
        sinks,
        graceMs: 3000,
        exporter: DEFAULT_EXPORTER,
        resolve: (target: { name: string }) => this.#call(() => this.#resolve(namespace, target.name)),
        attempt: (_probe: Probe, { endpoint }: { endpoint: string }, options: AttemptOptions) =>
          this.#attempt(namespace, endpoint, options),
      };
      return this.#running.run(++this.#order, () => runOnce(request, dependencies, report, signal));
    }, MAX_PER_SINK);
    const reaper: Reaper = new Reaper({
      cluster,
      clock,
      log,
      maxTimeoutSeconds: 300,
      // Every step of a mocked timer costs a millisecond of real time, whatever it does.
      longestSleepMs: 30_000,
      changed: (test) => this.#observe(test, runs),
      deleted: () => undefined,
      gone: (uid) => runs.forget(uid),
    });
    const runs: TestRuns = new TestRuns({
      cluster: { ...cluster, getTest: (_namespace, name) => this.#lookAgain(name) },
      clock,
      log,
      sinks,
      probes: { join: (request, participant) => this.#join(probes, request, participant) },
      reaper,
      maxTimeoutSeconds: 300,
      admits: () => true,
      onVerdict: ({ test }) => this.#record(test),
    });
    return { runs, probes, reaper, slots, sinks, doubts: new Doubts({ clock, log }) };
  }

  async #restart(): Promise<void> {
    this.#operator.runs.stop(new Error("crash"));
    this.#operator.reaper.stop();
    this.#starts += 1;
    this.#shownGone.clear();
    this.#operator = this.#start();
    for (const test of this.#objects.values()) this.#observe(test);
  }

  #observe(test: KollectConnectionTest, runs = this.#operator.runs): void {
    const { uid = "", generation = 0 } = test.metadata;
    this.#asking.run({ uid, generation }, () => runs.observe(test));
  }

  async #join(probes: SharedProbes, request: ProbeRequest, participant: Participant): Promise<Outcome> {
    const asked = { ...this.#asker(), signal: participant.signal };
    const order = ++this.#order;
    const others = [...this.#unanswered].filter(({ uid, signal }) => uid === asked.uid && !signal.aborted);
    this.#forbid(others.length > 0, `two runs of ${asked.uid} at a time`);
    const exists = [...this.#objects.values()].some(({ metadata }) => metadata.uid === asked.uid);
    const run = `${asked.uid}/${asked.generation}`;
    this.#forbid(this.#shownGone.has(asked.uid), `${run} is probed after its deletion was shown`);
    this.#forbid(exists && this.#verdicts.has(run), `${run} is probed again after its verdict`);
    this.#unanswered.add(asked);
    try {
      const outcome = await probes.join(request, participant);
      const started = Number(outcome.secrets[0]?.resourceVersion);
      this.#forbid(!(started > order), `${run} got the answer of a probe that had started before it asked`);
      const { target, seen, timeoutSeconds, retryLimit } = request;
      const question = JSON.stringify([target, seen, timeoutSeconds, retryLimit]);
      const first = this.#questions.get(outcome.probeId) ?? question;
      this.#questions.set(outcome.probeId, first);
      this.#forbid(first !== question, `${run} shares a probe with another question`);
      return outcome;
    } finally {
      this.#unanswered.delete(asked);
    }
  }

  async #lookAgain(name: string): Promise<KollectConnectionTest | undefined> {
    const test = await this.#call(() => this.#objects.get(name));
    const { uid = "", generation = 0 } = test?.metadata ?? {};
    if (test) Object.assign(this.#asker(), { uid, generation });
    return test;
  }

  #asker(): Asking {
    const asking = this.#asking.getStore();
    if (!asking) throw new Error("nobody asks");
    return asking;
  }

  #record({ metadata }: KollectConnectionTest): void {
    const run = `${metadata.uid}/${metadata.generation}`;
    this.#recorded.set(run, (this.#recorded.get(run) ?? 0) + 1);
  }

  #forbid(broken: boolean, invariant: string): void {
    if (broken) this.#violations.add(invariant);
  }

  #create(name: string, sink: string): void {
    if (this.#objects.has(name)) return;
    const test = makeTest({
      metadata: { name, namespace: namespaceOf(name), uid: `uid-${++this.#uids}`, generation: 1 },
      spec: { sinkRef: { databaseSinkRef: sink }, timeoutSeconds: 2, retryLimit: sink === "flaky" ? 1 : 0 },
    });
    this.#put(name, test);
  }

  #change(name: string, change: (test: KollectConnectionTest) => KollectConnectionTest): void {
    const test = this.#objects.get(name);
    if (test) this.#put(name, change(test));
  }

  #put(name: string, test: KollectConnectionTest): void {
    const versioned = { ...test, metadata: { ...test.metadata, resourceVersion: String(++this.#version) } };
    this.#objects.set(name, versioned);
    this.#history.push(versioned);
    this.#deliver(() => this.#observe(versioned));
  }

  #delete(name: string): void {
    const test = this.#objects.get(name);
    if (!test) return;
    this.#objects.delete(name);
    this.#deliver(() => {
      this.#shownGone.add(test.metadata.uid ?? "");
      this.#operator.runs.forget(test.metadata.uid ?? "");
    });
  }

  #recall({ at, missing }: Extract<Action, { do: "replay" }>): void {
    const old = this.#history[at % Math.max(1, this.#history.length)];
    if (!old) return;
    if (missing) this.#miss(old);
    else this.#observe(old);
  }

  #miss(old: KollectConnectionTest): void {
    const { uid = "", generation = 0 } = old.metadata;
    const { doubts, runs } = this.#operator;
    doubts.raise(uid, async () => {
      if (runs !== this.#operator.runs) return; // a crash takes doubts with it
      await this.#asking.run({ uid, generation }, () => runs.verify(old));
    });
  }

  #touchSink(name: string): void {
    const generation = (this.#sinks.get(name) ?? 0) + 1;
    this.#sinks.set(name, generation);
    for (const namespace of NAMESPACES) {
      const target = { kind: "KollectDatabaseSink", namespace, name } as const;
      this.#deliver(() => this.#operator.sinks.set(target, { uid: `sink-${namespace}-${name}`, generation }));
    }
  }

  #deliver(event: () => void): void {
    setTimeout(event, this.#random() * 30);
  }

  /** A crash takes the calls under way with it: one that came through all the same would be a lost answer. */
  async #call<T>(answer: () => T): Promise<T> {
    const starts = this.#starts;
    await clock.sleep(this.#random() * 20);
    if (starts !== this.#starts) throw unavailable();
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw unavailable();
    }
    return answer();
  }

  #resolve(namespace: string, name: string): Resolution {
    const generation = this.#sinks.get(name);
    // Tells in every outcome which run it came from.
    const order = String(this.#running.getStore());
    const secrets = [{ namespace, name: "order", resourceVersion: order, data: new Map<string, Buffer>() }];
    if (generation === undefined) {
      return { secrets, failure: { reason: "SinkNotFound", message: "none" }, missing: "sink" };
    }
    const metadata = { name, namespace, uid: `sink-${namespace}-${name}`, generation };
    const sink = { kind: "KollectDatabaseSink", metadata, spec: { type: "postgres" } } as Sink;
    const probe = { type: "postgres" } as Probe;
    // Large plans are let go while they wait, small ones are kept.
    const bytes = name === "flaky" ? 0 : KEPT_PLAN_BYTES + 1;
    return { sink, secrets, ready: { probe, plan: { endpoint: name }, type: "postgres", bytes } };
  }

  async #attempt(namespace: string, endpoint: string, options: AttemptOptions): Promise<EndedAttempt> {
    this.#dial(namespace, endpoint, 1);
    let closed = Promise.resolve();
    try {
      const silentOne = endpoint === "silent";
      await clock.sleep(silentOne ? options.timeoutMs : 5 + this.#random() * 20, options.signal);
      const fails = silentOne || (endpoint === "flaky" && this.#random() < 0.5);
      const failure = fails ? { failure: failed("TimedOut", "silent").failure } : {};
      // Some servers take their time for a goodbye.
      if (this.#random() < 0.3) closed = clock.sleep(this.#random() * 20);
      return { report: { endpoint, phases: [], latencyMs: 1, ...failure }, closed };
    } finally {
      void closed.then(() => this.#dial(namespace, endpoint, -1));
    }
  }

  #dial(namespace: string, endpoint: string, by: number): void {
    const limits = {
      all: LIMITS.global + SLOW.global,
      [`namespace ${namespace}`]: LIMITS.perNamespace + SLOW.perNamespace,
      [`endpoint ${endpoint}`]: LIMITS.perEndpoint,
    };
    for (const [what, limit] of Object.entries(limits)) {
      const count = (this.#dials.get(what) ?? 0) + by;
      this.#dials.set(what, count);
      this.#forbid(count > limit, `more probes of ${what} than allowed`);
    }
  }

  #writeStatus(ref: ObjectRef & { generation: number }, status: ConnectionTestStatus): WriteResult {
    const test = this.#objects.get(ref.name);
    if (!test) return "gone";
    if (test.metadata.uid !== ref.uid || test.metadata.generation !== ref.generation) return "superseded";
    const run = `${ref.uid}/${ref.generation}`;
    if (status.completed) {
      const { uid, generation } = this.#asker();
      this.#forbid(uid !== ref.uid || generation !== ref.generation, `${run} got another run's verdict`);
      this.#verdicts.set(run, (this.#verdicts.get(run) ?? 0) + 1);
    }
    this.#put(ref.name, { ...test, status: this.prunes ? pageStatus(status) : status });
    return "written";
  }

  #reap(ref: ObjectRef & { resourceVersion: string }): WriteResult {
    const test = this.#objects.get(ref.name);
    if (!test || test.metadata.uid !== ref.uid) return "gone";
    if (test.metadata.resourceVersion !== ref.resourceVersion) return "superseded";
    this.#delete(ref.name);
    return "written";
  }
}

const NAMESPACES = ["shop", "store"];

/** Half of the tests live in another namespace, and name its sinks. */
function namespaceOf(name: string): string {
  return name < "d" ? "shop" : "store";
}

function unavailable(): ClusterError {
  return new ClusterError("any call", 503, "ServiceUnavailable", "try again");
}
