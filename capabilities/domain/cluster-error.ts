/** Reasons that the client sets itself, without an answer of the API server; network error codes also occur. */
export type LocalReason =
  /** A name or namespace is invalid; nothing was sent. */
  | "InvalidName"
  /** The answer is bigger than the call accepts, such as an oversized Secret. */
  | "TooLarge"
  /** The answer is not what the API promises. */
  | "BadResponse"
  /** The call's own deadline passed. */
  | "TimedOut"
  /** The client was closed because the operator is stopping. */
  | "Closed";

const PERMANENT_REASONS: ReadonlySet<string> = new Set<LocalReason>([
  "InvalidName",
  "TooLarge",
  "BadResponse",
  "Closed",
]);

/** A call to the API server that failed, after all retries that it allows. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";

  constructor(
    /** The request, for logs: `get Secret shop/pg-dsn`. Never holds content. */
    readonly call: string,
    /** HTTP status; 0 when the server could not be reached or its answer could not be used. */
    readonly status: number,
    /** The API server's own reason (`Forbidden`, `Invalid`, ...), a {@link LocalReason} or a network error's code. */
    readonly reason: string,
    /** Composed here, or the message of the API server's Status object; never the body of an object. */
    message: string,
  ) {
    super(`${call}: ${message}`);
  }

  /** Whether the same call may succeed later by itself. */
  get transient(): boolean {
    if (this.status === 0) return !PERMANENT_REASONS.has(this.reason);
    return this.status === 429 || this.status >= 500;
  }
}
