import type { KollectConnectionTest, Sink } from "../api/types";
import { API_VERSION, GROUP, SINK_FAMILIES, TEST_KIND, VERSION } from "../api/vocabulary";
import { ClusterError } from "../domain/cluster-error";
import type { AccessRequest, Cluster, Logger, Secret, WriteResult } from "../domain/ports";
import type { Clock } from "../lib/clock";
import type { Reporter } from "./event-object";
import { EventWriter } from "./event-writer";
import { accessReviewPath, applied, secretPath, sinkPath, testPath, type ApiPath } from "./paths";
import { annotationPatch, ownersPatch, statusPatch, type PatchOperation } from "./patches";
import type { ApiRequest } from "./http/client";
import { errorOf, isAbsent, isFailedPatchTest, type ApiResponse } from "./http/responses";
import type { Transport } from "./http/transport";

export interface ClusterDependencies {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly reporter: Reporter;
  /** Create access reviews only in the sink's namespace, for an operator with rights in some namespaces. */
  readonly localAccessReviews?: boolean;
}

/**
 * Maximum size of a Secret that is read, as the API server sends it (base64, with metadata): enough for the CA
 * bundle of an operating system, less than the 1 MiB of content that a Secret may have. A larger one
 * rejects with `ClusterError` `TooLarge`.
 */
export const MAX_SECRET_BYTES = 768 * 1024;

/**
 * Skips the API server's second parse for unknown and duplicate fields, a tenth of the cost of a status write: by
 * default it only warns about them, and the operator does not read warnings. Schema validation is not affected.
 */
const UNCHECKED = "fieldValidation=Ignore";

/** The {@link Cluster} port on a real API server. */
export function createCluster(dependencies: ClusterDependencies): Cluster {
  const { transport } = dependencies;
  const events = new EventWriter(dependencies);

  async function read(path: ApiPath, signal?: AbortSignal, maxBytes?: number): Promise<unknown> {
    const request: ApiRequest = { call: `get ${path.subject}`, method: "GET", path: path.path };
    const limited = maxBytes === undefined ? request : { ...request, maxBytes };
    const response = await transport.send({ ...limited, judged: [404] }, signal);
    if (response.status !== 404) return response.body;
    if (isAbsent(response)) return undefined;
    throw errorOf(request.call, response);
  }

  async function patch(
    path: ApiPath,
    operations: PatchOperation[],
    options: { retryConflict: boolean; signal?: AbortSignal | undefined },
  ): Promise<WriteResult> {
    const request: ApiRequest = {
      call: `patch ${path.subject}`,
      method: "PATCH",
      path: path.path,
      contentType: "application/json-patch+json",
      body: operations,
      judged: [404, 409, 422],
      retryConflict: options.retryConflict,
    };
    return writeResult(request.call, await transport.send(request, options.signal));
  }

  return {
    getTest: async (namespace, name, signal) => {
      const path = testPath(namespace, name);
      return ofKind<KollectConnectionTest>(path, TEST_KIND, await read(path, signal));
    },
    getSink: async (kind, namespace, name, signal) => {
      const path = sinkPath(kind, namespace, name);
      return ofKind<Sink>(path, kind, await read(path, signal));
    },
    getSecret: async (namespace, name, signal) => {
      const path = secretPath(namespace, name);
      const body = await read(path, signal, MAX_SECRET_BYTES);
      return body === undefined ? undefined : decodeSecret(`get ${path.subject}`, body);
    },
    writeStatus: async (test, status, signal) => {
      const { path, subject } = testPath(test.namespace, test.name, "status");
      const unchecked = { path: `${path}?${UNCHECKED}`, subject };
      return patch(unchecked, statusPatch(test, status), { retryConflict: true, signal });
    },
    writeOwners: async (test, owners, signal) => {
      const path = testPath(test.namespace, test.name);
      return patch(path, ownersPatch(test, owners), { retryConflict: false, signal });
    },
    applySinkConditions: async ({ kind, namespace, name }, conditions, signal) => {
      const path = sinkPath(kind, namespace, name, "status");
      const request: ApiRequest = {
        call: `apply ${path.subject}`,
        method: "PATCH",
        path: applied(path.path),
        contentType: "application/apply-patch+yaml",
        body: { apiVersion: API_VERSION, kind, metadata: { namespace, name }, status: { conditions } },
        judged: [404, 409],
      };
      return writeResult(request.call, await transport.send(request, signal));
    },
    removeSinkAnnotation: async ({ kind, namespace, name, uid }, annotation, signal) => {
      const path = sinkPath(kind, namespace, name);
      return patch(path, annotationPatch(uid, annotation), { retryConflict: true, signal });
    },
    deleteTest: async (test, signal) => {
      const { uid, resourceVersion } = test;
      const path = testPath(test.namespace, test.name);
      const request: ApiRequest = {
        call: `delete ${path.subject}`,
        method: "DELETE",
        path: path.path,
        body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } },
        judged: [404, 409],
      };
      return writeResult(request.call, await transport.send(request, signal));
    },
    createEvent: (event, signal) => events.write(event, signal),
    mayGetSink: async (request, signal) => {
      // The name goes into the body, where an empty one would ask about every sink, so it is checked here too.
      sinkPath(request.sinkKind, request.namespace, request.name);
      const path = accessReviewPath(dependencies.localAccessReviews ? request.namespace : undefined);
      const call = `create ${path.subject}`;
      const body = accessReview(request, dependencies.localAccessReviews ?? false);
      const response = await transport.send({ call, method: "POST", path: path.path, body }, signal);
      return isAllowed(call, response.body);
    },
  };
}

/** Result of a guarded write. Throws for a 422 with which the schema rejected the object. */
function writeResult(call: string, response: ApiResponse): WriteResult {
  if (response.status < 300) return "written";
  if (isAbsent(response)) return "gone";
  if (response.status === 409 || isFailedPatchTest(response)) return "superseded";
  throw errorOf(call, response);
}

function ofKind<T>(path: ApiPath, kind: string, body: unknown): T | undefined {
  if (body === undefined) return undefined;
  if (typeof body === "object" && body !== null && "kind" in body && body.kind === kind) return body as T;
  throw new ClusterError(`get ${path.subject}`, 0, "BadResponse", `the answer is no ${kind}`);
}

/** Decodes a Secret from the API server. Throws `ClusterError` `BadResponse`, without any content. */
function decodeSecret(call: string, body: unknown): Secret {
  if (!isSecretObject(body)) throw new ClusterError(call, 0, "BadResponse", "the answer is no Secret");
  const { namespace, name, resourceVersion } = body.metadata;
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(body.data ?? {})) {
    data.set(key, Buffer.from(typeof value === "string" ? value : "", "base64"));
  }
  return { namespace, name, resourceVersion, data };
}

interface SecretObject {
  readonly kind: "Secret";
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, unknown>>;
}

function isSecretObject(body: unknown): body is SecretObject {
  if (typeof body !== "object" || body === null) return false;
  return "kind" in body && body.kind === "Secret" && "metadata" in body && typeof body.metadata === "object";
}

function accessReview({ user, sinkKind, namespace, name }: AccessRequest, local: boolean): object {
  const { username, groups, uid, extra } = user;
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: local ? "LocalSubjectAccessReview" : "SubjectAccessReview",
    ...(local ? { metadata: { namespace } } : {}),
    spec: {
      user: username,
      ...(groups ? { groups } : {}),
      ...(uid ? { uid } : {}),
      ...(extra ? { extra } : {}),
      resourceAttributes: {
        verb: "get",
        group: GROUP,
        version: VERSION,
        resource: SINK_FAMILIES[sinkKind].plural,
        namespace,
        name,
      },
    },
  };
}

/** Any result other than `allowed: true` is a denial. */
function isAllowed(call: string, body: unknown): boolean {
  const status = typeof body === "object" && body !== null && "status" in body ? body.status : undefined;
  if (typeof status !== "object" || status === null || !("allowed" in status)) {
    throw new ClusterError(call, 0, "BadResponse", "the answer is no access review");
  }
  return status.allowed === true;
}
