import { ClusterError } from "../../capabilities/domain/cluster-error";
import type { Session } from "../cluster/session";

/** Result of one check. With `warn` the plugin still works. */
export interface Finding {
  readonly check: string;
  readonly result: "ok" | "warn" | "fail";
  readonly detail: string;
}

/** The cluster and namespace to check. */
export interface Place {
  readonly session: Session;
  /** Namespace of the operator. */
  readonly operatorNamespace: string;
  readonly signal: AbortSignal;
}

/** Reads an object of any kind; undefined when there is none. Rejects with `ClusterError`. */
export async function read<T>(
  { session, signal }: Place,
  call: string,
  path: string,
): Promise<T | undefined> {
  const response = await session.transport.send({ call, method: "GET", path, judged: [404] }, signal);
  return response.status === 404 ? undefined : (response.body as T);
}

/** Result of a check that could not run: a missing right is a warning, anything else a failure. */
export function couldNot(check: string, error: unknown): Finding {
  if (!(error instanceof ClusterError)) throw error;
  const isForbidden = error.status === 403;
  return {
    check,
    result: isForbidden ? "warn" : "fail",
    detail: isForbidden ? "you may not read this" : error.message,
  };
}
