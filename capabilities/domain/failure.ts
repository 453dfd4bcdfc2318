import { SECRET_CAUSES, type Cause, type FailureReason, type SecretCause } from "../api/vocabulary";

/** Why a test failed, in the operator's own words: a failure never contains a server's or a driver's text. */
export interface Failure {
  readonly reason: FailureReason;
  /** Absent only for `SinkNotFound` and `InvalidSinkRef`, whose reason is sufficient. */
  readonly cause?: Cause;
  /** What failed, where, and what to do next; at most 1 KiB, without control characters or secrets. */
  readonly message: string;
}

/**
 * Carries a {@link Failure} to the code that makes the verdict.
 * `cause` keeps the original error for debugging in memory; it is never logged or shown, because drivers
 * put user names, banners and bodies into their errors.
 */
export class FailureError extends Error {
  override readonly name = "FailureError";

  constructor(
    readonly failure: Failure,
    original?: unknown,
  ) {
    super(failure.message, { cause: original });
  }
}

/** The condition reason that a cause belongs to. */
export function reasonOf(cause: Cause): FailureReason {
  return (SECRET_CAUSES as readonly Cause[]).includes(cause) ? "SecretResolveFailed" : "ConnectionTestFailed";
}

/** Shorthand for probes: a failure whose reason follows from its cause. */
export function failed(cause: SecretCause | Cause, message: string, original?: unknown): FailureError {
  return new FailureError({ reason: reasonOf(cause), cause, message }, original);
}
