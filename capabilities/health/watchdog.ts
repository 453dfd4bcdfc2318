import type { Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";

/**
 * Returns one sentence about a present fault, or undefined. `elapsedMs` are the milliseconds since the last call, by a
 * clock that does not jump. It may reject, which means that the state is unknown.
 */
export type Check = (elapsedMs: number) => string | undefined | Promise<string | undefined>;

export interface WatchdogDependencies {
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Logger;
  readonly checks: readonly Check[];
  /** How long a check must fail without interruption before its sentence counts as a fault. */
  readonly toleranceMs: number;
}

const INTERVAL_MS = 5_000;

/** Checks every few seconds for faults that only a restart of the process can repair. */
export class Watchdog {
  readonly #failing = new Map<Check, number>();
  readonly #faults = new Map<Check, string>();

  constructor(private readonly dependencies: WatchdogDependencies) {}

  /** Faults that have lasted longer than the tolerance. */
  get faults(): readonly string[] {
    return [...this.#faults.values()];
  }

  /** Never resolves; rejects with the signal's reason. */
  async run(signal?: AbortSignal): Promise<never> {
    const { clock, checks, toleranceMs } = this.dependencies;
    const intervalMs = Math.min(INTERVAL_MS, Math.ceil(toleranceMs / 4));
    for (;;) {
      await clock.sleep(intervalMs, signal);
      await Promise.all(checks.map((check) => this.#look(check, intervalMs)));
    }
  }

  async #look(check: Check, elapsedMs: number): Promise<void> {
    const wrong = await this.#ask(check, elapsedMs);
    if (wrong === undefined) {
      this.#failing.delete(check);
      this.#faults.delete(check);
      return;
    }
    const failing = (this.#failing.get(check) ?? 0) + elapsedMs;
    this.#failing.set(check, failing);
    if (failing < this.dependencies.toleranceMs) return;
    if (!this.#faults.has(check)) this.dependencies.log.error({}, `${wrong} The operator is no longer live.`);
    this.#faults.set(check, wrong);
  }

  async #ask(check: Check, elapsedMs: number): Promise<string | undefined> {
    try {
      return await check(elapsedMs);
    } catch (error) {
      this.dependencies.log.debug(
        { error: String(error) },
        "a check of the operator's health failed without a result",
      );
      return undefined;
    }
  }
}
