import { TRANSIENT_CAUSES } from "../api/vocabulary";
import type { Failure } from "./failure";

/** The pauses between attempts of a probe, in milliseconds. */
export const RETRY_BACKOFF = { baseMs: 1000, maxMs: 10_000 } as const;

/**
 * Whether the probe is retried after this attempt: only transient causes can resolve by themselves.
 * @param attempt 1 for the first one
 */
export function isRetried(failure: Failure | undefined, attempt: number, retryLimit: number): boolean {
  return failure?.cause !== undefined && TRANSIENT_CAUSES.has(failure.cause) && attempt <= retryLimit;
}
