import { ClusterError } from "../../domain/cluster-error";

/** A response of the API server; `body` is undefined when it was not JSON. */
export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

/** The JSON of a response, if it is JSON. It is parsed at the first read: most callers of writes never read it. */
export function parseResponse({ status, body }: { status: number; body: string }): ApiResponse {
  let parsed: { readonly value: unknown } | undefined;
  return {
    status,
    get body() {
      return (parsed ??= { value: parseJson(body) }).value;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Plain text, as proxies and unknown paths return it. Callers that need an object check for one.
    return undefined;
  }
}

interface StatusObject {
  readonly kind: "Status";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

const MAX_EXPLANATION = 1_024;

/**
 * Whether a 404 is about the object. An API server that does not serve the resource returns 404 too,
 * but as plain text, and that must not be mistaken for a missing object.
 */
export function isAbsent(response: ApiResponse): boolean {
  return response.status === 404 && statusObject(response)?.reason === "NotFound";
}

/**
 * Whether a JSON Patch was rejected because one of its `test` operations failed. A schema that rejects the
 * patched object also leads to 422, but names the object and the fields (tried on Kubernetes 1.36).
 */
export function isFailedPatchTest(response: ApiResponse): boolean {
  const details = statusObject(response)?.details;
  return response.status === 422 && !details?.name && !details?.causes?.length;
}

/** Whether the namespace is being deleted or no longer exists, so that nothing new can be written there. */
export function isNamespaceEnding(response: ApiResponse): boolean {
  if (isAbsent(response)) return true;
  const causes = statusObject(response)?.details?.causes ?? [];
  return response.status === 403 && causes.some(({ reason }) => reason === "NamespaceTerminating");
}

/** The error for a response that the caller does not handle itself. */
export function errorOf(call: string, response: ApiResponse): ClusterError {
  const object = statusObject(response);
  const reason = object?.reason ?? `HTTP${response.status}`;
  return new ClusterError(call, response.status, reason, explain(response.status, object));
}

function explain(status: number, object: StatusObject | undefined): string {
  if (object?.message) return printable(object.message);
  if (status === 404) return "the API server does not know this resource; are the CRDs installed?";
  return `the API server answered with HTTP ${status} and gave no explanation`;
}

function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is removed here
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return clean.length > MAX_EXPLANATION ? `${clean.slice(0, MAX_EXPLANATION)}…` : clean;
}

function statusObject({ body }: ApiResponse): StatusObject | undefined {
  const isStatus = typeof body === "object" && body !== null && "kind" in body && body.kind === "Status";
  return isStatus ? (body as StatusObject) : undefined;
}
