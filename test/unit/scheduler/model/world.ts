import { expect, vi } from "vitest";
import type { KollectConnectionTest } from "../../../../capabilities/api/types";
import { hasVerdict } from "../../../../capabilities/domain/decide";
import { ApiServer } from "./api-server";
import { Ledger } from "./ledger";
import { dialLimits, GRACE_MS, OperatorProcess } from "./operator-process";

export type Action =
  | { do: "create"; name: string; sink: string }
  | { do: "patch" | "delete" | "label"; name: string }
  /** An old event comes again, as after a reconnect; or a list lacks the object, which may be gone or newer. */
  | { do: "replay"; at: number; missing: boolean }
  /** After SIGTERM, or after a crash. */
  | { do: "restart"; sigterm: boolean }
  | { do: "touch-sink"; sink: string }
  /** So many calls fail from now on, and the clock jumps. */
  | { do: "disturb"; failures: number; jumpMs: number }
  | { do: "wait"; ms: number };

/** Also longer than a test is kept after its end. */
const LONGER_THAN_ALL_JUMPS_MS = 100 * 3_600_000;
/** Jumps of the clock are noticed within half a minute here. */
const LATE = "A finished test is due for deletion and is not deleted.";

/** The operator as it ships between a model of the API server and watches that deliver late, twice and out of order. */
export class World {
  readonly #history: KollectConnectionTest[] = [];
  readonly #random: () => number;
  readonly #ledger = new Ledger({
    exists: (uid) => this.#api.exists(uid),
    graceMs: GRACE_MS,
    limits: dialLimits,
  });
  readonly #api: ApiServer;
  #process: OperatorProcess;

  /** What the operator warned of. */
  readonly warnings: string[] = [];

  /** @param prunes whether the installed CRD drops what the page does not know */
  constructor(seed: number, prunes = false) {
    let state = seed >>> 0;
    this.#random = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
    this.#api = new ApiServer({
      random: this.#random,
      prunes,
      ledger: this.#ledger,
      changed: (test) => {
        this.#history.push(test);
        this.#deliver(() => this.#show(test));
      },
      deleted: (test) => this.#deliver(() => this.#showGone(test)),
    });
    this.#process = this.#start();
  }

  names(): string[] {
    return this.#api
      .tests()
      .map(({ metadata }) => metadata.name ?? "")
      .sort();
  }

  /** Which tests have the verdict of their generation. */
  verdicts(): string[] {
    return this.#api
      .tests()
      .filter(hasVerdict)
      .map(({ metadata }) => metadata.name ?? "")
      .sort();
  }

  async perform(action: Action): Promise<void> {
    const api = this.#api;
    switch (action.do) {
      case "create":
        return api.create(action.name, action.sink);
      case "patch":
      case "label":
      case "delete":
        return api[action.do](action.name);
      case "replay":
        return this.#recall(action);
      case "restart":
        return this.#restart(action);
      case "touch-sink":
        return this.#touchSink(action.sink);
      case "disturb":
        api.failures = action.failures;
        return void vi.setSystemTime(Date.now() + action.jumpMs);
      case "wait":
        await vi.advanceTimersByTimeAsync(action.ms);
    }
  }

  /** Long enough for grace, timeouts, retries and backoff of everything that was asked for. */
  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(60_000);
  }

  async checkInvariants(): Promise<void> {
    this.#ledger.check(this.#process.load);
    const faults = await this.#process.faults(0);
    expect(faults.filter((fault) => fault !== LATE)).toEqual([]);
  }

  async checkEnd(): Promise<void> {
    for (const test of this.#api.tests()) {
      expect(hasVerdict(test), `verdict of ${test.metadata.name}`).toBe(true);
    }
    this.#ledger.checkEnd();
    await this.#checkIdle();
  }

  /** Nothing is known of tests that are gone; where a late event came after the deletion, until their time is over. */
  async checkForgotten(): Promise<void> {
    for (const name of this.names()) this.#api.delete(name);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.setSystemTime(Date.now() + LONGER_THAN_ALL_JUMPS_MS);
    await vi.advanceTimersByTimeAsync(31_000);
    await this.#checkIdle();
    expect(this.#process.operator.remembered()).toBe(0);
    expect(vi.getTimerCount(), "waits for the end of a test").toBe(0);
  }

  /** However long a check waits for something that it was promised, it finds nothing that is still to come. */
  async #checkIdle(): Promise<void> {
    const { load, asleep } = this.#process;
    expect(await this.#process.faults(Infinity)).toEqual([]);
    expect({ running: load.running(), waiting: load.waiting(), asleep }).toEqual({
      running: 0,
      waiting: 0,
      asleep: 0,
    });
    await this.checkInvariants();
  }

  #start(): OperatorProcess {
    return new OperatorProcess({
      ledger: this.#ledger,
      random: this.#random,
      connect: (life) => this.#api.connect(life),
      warn: (message) => this.warnings.push(message),
    });
  }

  #restart({ sigterm }: Extract<Action, { do: "restart" }>): void {
    if (sigterm) this.#stop();
    this.#process.crash();
    this.#ledger.restarted();
    this.#process = this.#start();
    for (const sink of this.#api.sinks()) this.#deliver(() => this.#showSink(sink));
    for (const test of this.#api.tests()) this.#show(test);
  }

  /** What was dialled is recorded before `stop` returns: the process may end in the next turn. */
  #stop(): void {
    this.#process.operator.stop();
    this.#ledger.checkRecords();
  }

  #show(test: KollectConnectionTest): void {
    this.#ledger.shown(test);
    this.#process.operator.tests.shown(test);
  }

  /** After a watch was away, only a list tells of a deletion, by what it lacks. */
  #showGone(test: KollectConnectionTest): void {
    const { tests } = this.#process.operator;
    if (this.#random() < 0.3) return tests.missing(test);
    this.#ledger.shownGone(test);
    tests.deleted(test);
  }

  #recall({ at, missing }: Extract<Action, { do: "replay" }>): void {
    const old = this.#history[at % Math.max(1, this.#history.length)];
    if (!old) return;
    if (missing) this.#process.operator.tests.missing(old);
    else this.#show(old);
  }

  #touchSink(name: string): void {
    for (const sink of this.#api.touchSink(name)) this.#deliver(() => this.#showSink(sink));
  }

  #showSink(sink: ReturnType<ApiServer["sinks"]>[number]): void {
    this.#ledger.shownSink(sink);
    this.#process.operator.sinks.shown(sink);
  }

  #deliver(event: () => void): void {
    setTimeout(event, this.#random() * 30);
  }
}
