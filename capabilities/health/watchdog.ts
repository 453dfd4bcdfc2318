import type { Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";

/**
 * One sentence about what is wrong at this moment, or undefined. Gets the milliseconds since it was last asked: time
 * that passed, which a clock that jumps does not change. May reject, which counts as nothing known.
 */
export type Check = (elapsedMs: number) => string | undefined | Promise<string | undefined>;

export interface WatchdogDependencies {
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Logger;
  readonly checks: readonly Check[];
  /** How long a check has to fail without a break before its sentence is a fault. */
  readonly toleranceMs: number;
}

const INTERVAL_MS = 5_000;

/** Looks every few seconds for what only a restart of the process can repair. */
export class Watchdog {
  readonly #failing = new Map<Check, number>();
  readonly #faults = new Map<Check, string>();

  constructor(private readonly dependencies: WatchdogDependencies) {}

  /** What has been wrong for longer than is tolerated. */
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
        "a check of the operator's health found nothing out",
      );
      return undefined;
    }
  }
}
