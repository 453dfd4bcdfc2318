import { backoffMs } from "../../lib/backoff";

/** How an attempt of a call without a usable response ended. */
export type FailedAttempt =
  | { readonly kind: "answer"; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: "broken"; readonly code: string };

/** The inputs of a delay; `random` returns numbers from 0 to below 1. */
export interface RetryContext {
  /** 1 after the first attempt. */
  readonly attempt: number;
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: number;
  readonly random: () => number;
}

export const BACKOFF = { baseMs: 100, maxMs: 5_000 };

/** Retried statuses. 500 is included: the API server returns it for an etcd leader change or a failed webhook. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Errors of sockets and name resolution; an untrusted certificate is permanent. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/**
 * Milliseconds to wait before the next attempt, or undefined when another one would not help. The server's
 * Retry-After is the minimum; otherwise the delay doubles from 100 ms to 5 s. Jitter keeps
 * calls that failed together from retrying together.
 */
export function retryDelay(
  failure: FailedAttempt,
  { attempt, now, random }: RetryContext,
): number | undefined {
  const mayPass =
    failure.kind === "broken" ? TRANSIENT_CODES.has(failure.code) : TRANSIENT_STATUSES.has(failure.status);
  if (!mayPass) return undefined;
  const asked = failure.kind === "answer" ? retryAfterMs(failure.retryAfter, now) : undefined;
  return asked === undefined ? backoffMs(attempt, BACKOFF, random) : asked * (1 + 0.25 * random());
}

/** Reads both forms of RFC 9110: seconds, or an HTTP date. Undefined for anything else. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Date.parse accepts almost anything; an HTTP date begins with a weekday and ends in GMT.
  const date = /^[A-Z][a-z]{2}, .*GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
