import { isDeepStrictEqual } from "node:util";
import type { KollectConnectionTest } from "../api/types";
import { ANNOTATIONS } from "../api/vocabulary";
import type { Failure } from "./failure";
import type { OwnedBy } from "./owners";
import { effectiveSpec, isFailure, sinkTarget, type SinkTarget } from "./spec";

/** A write to a test as admission sees it; `old` is absent on creation. */
export interface TestWrite {
  readonly object: KollectConnectionTest;
  readonly old?: KollectConnectionTest | undefined;
  readonly username: string;
  /** The sink that `object` names, or why it does not name exactly one. */
  readonly target: SinkTarget | Failure;
}

/** What admission sets on the object. */
export interface AdmittedMetadata {
  /** The annotation's value after this write; undefined removes it. */
  readonly requestedBy: string | undefined;
  /** Undefined leaves `spec.requestedAt` as it was sent. */
  readonly requestedAt?: string;
}

/**
 * Records the user who creates a test or changes its spec as the one who requested the run; every other write keeps the
 * recorded name, whatever the client sent. The annotation `requested-at` is copied into the spec, so that the
 * generation changes, and with it everything that depends on the generation.
 */
export function admittedMetadata({
  object,
  old,
  username,
}: Pick<TestWrite, "object" | "old" | "username">): AdmittedMetadata {
  const requestedAt = carriedRequestedAt(object, old);
  const spec = requestedAt === undefined ? object.spec : { ...object.spec, requestedAt };
  const asks = asksForRun({ object: { ...object, spec }, old });
  return {
    requestedBy: asks ? username : old?.metadata.annotations?.[ANNOTATIONS.requestedBy],
    ...(requestedAt === undefined ? {} : { requestedAt }),
  };
}

/**
 * The annotation's value when this write sets it, or when the write drops the copy that an earlier write made
 * (a replace with the client's own manifest). An unchanged annotation never overrides the field.
 */
function carriedRequestedAt(object: KollectConnectionTest, old?: KollectConnectionTest): string | undefined {
  const [annotation, before] = [object, old].map(
    (test) => test?.metadata.annotations?.[ANNOTATIONS.requestedAt],
  );
  if (!annotation) return undefined;
  const isNew = annotation !== before;
  const isLost = object.spec?.requestedAt === undefined && old?.spec?.requestedAt !== undefined;
  return isNew || isLost ? annotation : undefined;
}

/** How a write affects the owner reference, before the sink is read. */
export interface OwnerChange {
  /** The sink that should own the test, if it exists. */
  readonly wanted: SinkTarget | undefined;
  /** Sinks that the operator's reference may point at and no longer should. */
  readonly former: readonly OwnedBy[];
}

/** Undefined when the write does not touch what the owner reference depends on. */
export function ownerChange({
  object,
  old,
  target,
}: Pick<TestWrite, "object" | "old" | "target">): OwnerChange | undefined {
  const wanted = wantedOwner(object, target);
  const named = old && sinkTarget(old);
  if (old && named && isDeepStrictEqual(wanted, wantedOwner(old, named))) return undefined;
  const former = named && !isFailure(named) ? [{ kind: named.kind, name: named.name }] : [];
  return { wanted, former };
}

function wantedOwner(test: KollectConnectionTest, target: SinkTarget | Failure): SinkTarget | undefined {
  return isFailure(target) || !effectiveSpec(test, Infinity).ownerSink ? undefined : target;
}

/** Admission warnings: values that are accepted but do not do what their author may expect. */
export function warnings(test: KollectConnectionTest, maxTimeoutSeconds: number): string[] {
  const found: string[] = [];
  if (test.spec?.profileRef !== undefined) {
    found.push("spec.profileRef is reserved for composite probes: it is stored and has no effect.");
  }
  const timeout = test.spec?.timeoutSeconds;
  if (timeout !== undefined && timeout > maxTimeoutSeconds) {
    found.push(
      `spec.timeoutSeconds is ${timeout}, but this operator allows at most ${maxTimeoutSeconds}, which it uses.`,
    );
  }
  return found;
}

/** Whether a write asks for a run, so that the access check applies to it. */
export function asksForRun({ object, old }: Pick<TestWrite, "object" | "old">): boolean {
  return old === undefined || !isDeepStrictEqual(object.spec, old.spec);
}
