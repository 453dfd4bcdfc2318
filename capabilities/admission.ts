import type { KollectConnectionTest, OwnerReference } from "./api/types";
import { ANNOTATIONS, SINK_FAMILIES } from "./api/vocabulary";
import { admittedMetadata, asksForRun, ownerChange, warnings, type TestWrite } from "./domain/admission";
import type { AccessRequest, Cluster, Logger } from "./domain/ports";
import { ownerReference, reconcileOwners } from "./domain/owners";
import { isFailure, type SinkTarget } from "./domain/spec";

export interface AdmissionDependencies {
  readonly cluster: Pick<Cluster, "getSink" | "mayGetSink">;
  readonly log: Logger;
  readonly maxTimeoutSeconds: number;
  /** Whether to ask the API server if the user may `get` the sink. */
  readonly requireSinkAccess: boolean;
}

/** The user that sends a write, as the API server authenticated it. */
export type Requester = AccessRequest["user"];

export interface Review {
  readonly denied?: { readonly message: string; readonly code: number };
  readonly warnings: string[];
}

/** Deadline for reading the sink, so that a write is not delayed; after it the reference is set with the verdict. */
export const OWNER_DEADLINE_MS = 2000;
const ACCESS_DEADLINE_MS = 5000;

/** The object as admission changes it. Never rejects because of the owner: a test without one is valid. */
export async function admit(
  write: TestWrite,
  dependencies: AdmissionDependencies,
): Promise<KollectConnectionTest> {
  const { requestedBy, requestedAt } = admittedMetadata(write);
  const { object } = write;
  const annotations = { ...object.metadata.annotations };
  delete annotations[ANNOTATIONS.requestedBy];
  if (requestedBy !== undefined) annotations[ANNOTATIONS.requestedBy] = requestedBy;
  const ownerReferences = await owners(write, dependencies);
  return {
    ...object,
    metadata: { ...object.metadata, annotations, ...(ownerReferences ? { ownerReferences } : {}) },
    spec: requestedAt === undefined ? object.spec : { ...object.spec, requestedAt },
  };
}

async function owners(
  { object, old, target }: TestWrite,
  { cluster, log }: AdmissionDependencies,
): Promise<OwnerReference[] | undefined> {
  const change = ownerChange({ object, old, target });
  if (!change) return undefined;
  try {
    const sink = change.wanted && (await readSink(change.wanted, object, cluster));
    const owner = sink && ownerReference(sink);
    return reconcileOwners(object.metadata.ownerReferences, { former: change.former, owner });
  } catch (error) {
    const { namespace, name } = object.metadata;
    log.warn(
      { namespace, name, error: String(error) },
      "the sink was not read at admission; the owner reference will be set later",
    );
    return undefined;
  }
}

function readSink(
  target: SinkTarget,
  object: KollectConnectionTest,
  cluster: AdmissionDependencies["cluster"],
): ReturnType<Cluster["getSink"]> {
  const namespace = object.metadata.namespace ?? target.namespace;
  return cluster.getSink(target.kind, namespace, target.name, AbortSignal.timeout(OWNER_DEADLINE_MS));
}

/**
 * Review beyond what CEL can express: warnings, and the access check where it is enabled. Never rejects: the framework
 * would answer with `{}`, so a check that fails is a denial with a reason.
 */
export async function review(
  write: TestWrite & { readonly user: Requester },
  dependencies: AdmissionDependencies,
): Promise<Review> {
  const said = warnings(write.object, dependencies.maxTimeoutSeconds);
  if (!dependencies.requireSinkAccess || !asksForRun(write)) return { warnings: said };
  const denied = await accessDenied(write, dependencies);
  return { warnings: said, ...(denied ? { denied } : {}) };
}

async function accessDenied(
  { target, user }: { readonly target: TestWrite["target"]; readonly user: Requester },
  { cluster, log }: AdmissionDependencies,
): Promise<Review["denied"]> {
  if (isFailure(target)) return { code: 422, message: target.message };
  const request = { user, sinkKind: target.kind, namespace: target.namespace, name: target.name };
  try {
    const allowed = await cluster.mayGetSink(request, AbortSignal.timeout(ACCESS_DEADLINE_MS));
    return allowed ? undefined : { code: 403, message: forbidden(target, user) };
  } catch (error) {
    log.error({ ...target, error: String(error) }, "the requester's access to the sink could not be checked");
    return {
      code: 503,
      message: "Your access to the sink could not be checked. Try again; see the operator's log.",
    };
  }
}

function forbidden({ kind, namespace, name }: SinkTarget, user: Requester): string {
  return (
    `User "${user.username}" cannot get ${SINK_FAMILIES[kind].plural} ${name} in namespace ${namespace}, which a test ` +
    "of it needs; ask for a Role that grants `get`."
  );
}
