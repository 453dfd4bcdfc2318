import type { SinkKind } from "../api/vocabulary";
import type {
  Condition,
  ConnectionTestStatus,
  KollectConnectionTest,
  OwnerReference,
  Sink,
} from "../api/types";
import type { SinkTarget } from "./spec";

/** Where an API server listens. */
export interface ApiServerAddress {
  readonly address: string;
  readonly port: number;
}

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Names one object. `uid` distinguishes a recreated object from the one that was observed. */
export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A Secret's values, decoded from base64 to bytes. Never put one into a message or log line. */
export interface Secret {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly data: ReadonlyMap<string, Buffer>;
}

/** The Secrets that a sink names and the policy allows, by the field that names them. */
export type ResolvedSecrets = ReadonlyMap<string, Secret>;

/** `superseded`: the object was recreated or has a newer generation; `gone`: it no longer exists. */
export type WriteResult = "written" | "superseded" | "gone";

/** An events.k8s.io/v1 Event about one object. `note` is at most 1024 bytes. */
export interface EventDraft {
  readonly type: "Normal" | "Warning";
  readonly action: string;
  readonly reason: string;
  readonly note: string;
  /** How often it was observed since it was last recorded; 1 when absent. */
  readonly count?: number;
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion?: string;
  };
}

export interface AccessRequest {
  readonly user: { username: string; groups?: string[]; uid?: string; extra?: Record<string, string[]> };
  readonly sinkKind: SinkKind;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The operator's calls to the API server. Every call has its own deadline in addition to `signal`, retries
 * 429 and 5xx as the server asks, and rejects with a `ClusterError` that names the call and the status.
 */
export interface Cluster {
  /** Live read, never from a cache. Undefined when there is none. */
  getTest(namespace: string, name: string, signal?: AbortSignal): Promise<KollectConnectionTest | undefined>;
  getSink(kind: SinkKind, namespace: string, name: string, signal?: AbortSignal): Promise<Sink | undefined>;
  getSecret(namespace: string, name: string, signal?: AbortSignal): Promise<Secret | undefined>;
  /** Replaces the whole status if uid and generation still hold. */
  writeStatus(
    test: ObjectRef & { generation: number },
    status: ConnectionTestStatus,
    signal?: AbortSignal,
  ): Promise<WriteResult>;
  /** Replaces the owner references if uid and resourceVersion still hold. */
  writeOwners(
    test: ObjectRef & { resourceVersion: string },
    owners: OwnerReference[],
    signal?: AbortSignal,
  ): Promise<WriteResult>;
  /**
   * Applies conditions to a sink's status under a dedicated field manager. `superseded`: another manager
   * owns one of them.
   */
  applySinkConditions(
    sink: SinkTarget,
    conditions: readonly Condition[],
    signal?: AbortSignal,
  ): Promise<WriteResult>;
  /** Removes an annotation whose value is still `"true"`; `superseded` when it no longer has that value. */
  removeSinkAnnotation(
    sink: SinkTarget & { uid: string },
    annotation: string,
    signal?: AbortSignal,
  ): Promise<WriteResult>;
  /** Deletes with UID and resourceVersion preconditions. */
  deleteTest(test: ObjectRef & { resourceVersion: string }, signal?: AbortSignal): Promise<WriteResult>;
  /** Creates an Event, or records a repetition in the series of the existing one. */
  createEvent(event: EventDraft, signal?: AbortSignal): Promise<void>;
  /** Whether the user may `get` the sink (SubjectAccessReview). */
  mayGetSink(request: AccessRequest, signal?: AbortSignal): Promise<boolean>;
}
