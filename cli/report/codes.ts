import { exitCodeOf, FAILED, NOT_STRICT, TIMED_OUT, USAGE, VERDICT_FALSE } from "../exit-codes";
import type { SinkResult } from "./report";

const FAULT_CODES: Readonly<Record<NonNullable<SinkResult["fault"]>, number>> = {
  Input: USAGE,
  Command: FAILED,
  Timeout: TIMED_OUT,
};

/** The exit code for results. `strict` requires more than a verdict of True. */
export function codeOfResults(results: readonly SinkResult[], strict: boolean): number {
  return exitCodeOf(results.map((result) => codeOf(result, strict)));
}

function codeOf(result: SinkResult, strict: boolean): number {
  if (result.fault) return FAULT_CODES[result.fault];
  if (result.verdict === "False") return VERDICT_FALSE;
  return strict && isDoubtful(result) ? NOT_STRICT : 0;
}

/** Whether the result has an open point that the backend's answer, another setting or TLS would resolve. */
export function isDoubtful({ unproven, limitations, tlsInsecure }: SinkResult): boolean {
  return (
    unproven.some(({ kind }) => kind === "NotAnswered") || limitations.length > 0 || tlsInsecure !== undefined
  );
}
