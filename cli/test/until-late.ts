import type { Findings } from "../report/findings";

/** Limits of the wait for verdicts. */
export interface Wait {
  readonly timeoutMs: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

/**
 * Waits until one of the works ends or the time is over; in that case, tests without a verdict are reported as late.
 * Rejects with the error of a work, or with the signal's reason at once.
 */
export async function untilLate(
  { timeoutMs, findings, signal }: Wait,
  works: readonly Promise<unknown>[],
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), timeoutMs);
  });
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
  // The others end with the run; nothing waits for them.
  for (const work of works) work.catch(() => undefined);
  try {
    if ((await Promise.race([...works, late, aborted])) === "late") findLate(findings, timeoutMs);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal.removeEventListener("abort", onAbort);
  }
}

function findLate(findings: Findings, timeoutMs: number): void {
  for (const result of findings.results) {
    if (result.verdict !== "Unknown" || result.fault) continue;
    const where =
      result.reason === "Pending" ? "Check that the operator runs: kubectl kollect doctor." : result.message;
    const message = `There was no verdict within ${Math.round(timeoutMs / 1000)} s. ${where}`;
    findings.set({ ...result, message, fault: "Timeout" });
  }
}
