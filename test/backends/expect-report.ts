import { expect } from "vitest";
import { PHASES, type Cause } from "../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import type { Probe, ProbePlan } from "../../capabilities/probes/probe";
import { runCase, type ProbeCase, type RunOptions } from "../../lab/backends/run-case";
import { expectClean } from "../contract/leaks";

export type Run = (probeCase: ProbeCase, options?: RunOptions) => Promise<ProbeReport>;

/** Attempts by this probe, each of whose reports is checked: it shows none of these secrets. */
export function runsOf<P extends ProbePlan>(probe: Probe<P>, secrets: readonly string[]): Run {
  return async (probeCase, options) => {
    const report = await runCase(probe, probeCase, options);
    expectClean(report, secrets);
    return report;
  };
}

/** Results by phase. A phase that was skipped has its reason behind the result: `Skipped: not permitted to ask`. */
export function results({ phases }: ProbeReport): Record<string, string> {
  return Object.fromEntries(
    phases.map(({ name, result, why }) => [name, why === undefined ? result : `${result}: ${why}`]),
  );
}

/** The results of a sink that works, each phase of which can be asked for. */
export const ALL_PASSED = Object.fromEntries(PHASES.map((name) => [name, "Passed"]));

/** The report of a running attempt, which must have found nothing wrong. */
export async function expectPassed<R extends ProbeReport>(running: Promise<R>): Promise<R> {
  const report = await running;
  expect(report.failure).toBeUndefined();
  return report;
}

/**
 * The report of a running attempt, which must have failed for this cause.
 * @param words what the message says, in part
 */
export async function expectFailure<R extends ProbeReport>(
  running: Promise<R>,
  cause: Cause,
  words: string | RegExp = "",
): Promise<R> {
  const report = await running;
  expect(report.failure?.message).toMatch(words);
  expect(report.failure?.cause).toBe(cause);
  return report;
}
