/**
 * One call. It may be sent more than once, so it must mean the same when repeated; every call of ours does,
 * because writes carry preconditions.
 */
export interface ApiRequest {
  /** What is asked, for errors and logs: `get Secret default/pg-dsn`. Names only, never a value. */
  readonly call: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  /** `application/json` when absent. */
  readonly contentType?: string;
  readonly body?: unknown;
  /** The biggest answer that is read. */
  readonly maxBytes?: number;
  /** Answers besides 2xx that the caller judges by itself; every other one rejects. */
  readonly judged?: readonly number[];
  /** Whether 409 is tried again: the API server gives it when it lost its own race for a patch. */
  readonly retryConflict?: boolean;
}
