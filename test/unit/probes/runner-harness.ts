import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { createAddressPolicy } from "../../../capabilities/probes/net/address-policy";
import type { Probe, ProbeContext, ProbePlan } from "../../../capabilities/probes/probe";
import { runProbe, type AttemptOptions } from "../../../capabilities/probes/runner";
import { systemClock } from "../../../capabilities/lib/clock";

export const PLAN: ProbePlan = { endpoint: "db.shop:5432" };

export function probeOf(run: (context: ProbeContext) => Promise<void>): Probe {
  return { type: "postgres", references: () => [], plan: () => PLAN, run: (_plan, context) => run(context) };
}

export function options(overrides: Partial<AttemptOptions> = {}): AttemptOptions {
  return {
    timeoutMs: 5000,
    signal: new AbortController().signal,
    addressPolicy: createAddressPolicy({ allow: ["127.0.0.0/8"] }),
    clock: systemClock(),
    ...overrides,
  };
}

/** Of an attempt that has closed everything. */
export async function reportOf(...attempt: Parameters<typeof runProbe>): Promise<ProbeReport> {
  const { report, closed } = await runProbe(...attempt);
  await closed;
  return report;
}

export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}
