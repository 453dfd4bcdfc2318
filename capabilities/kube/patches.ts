import type { ConnectionTestStatus, OwnerReference } from "../api/types";
import type { ObjectRef } from "../domain/ports";

/** One operation of RFC 6902; only the used ones. */
export type PatchOperation =
  | { readonly op: "test" | "add"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/**
 * Replaces the whole status unless the object was recreated or its spec changed. `add` replaces an existing
 * member, so no old member remains; labels may change at the same time (tried on Kubernetes 1.36).
 */
export function statusPatch(
  test: ObjectRef & { generation: number },
  status: ConnectionTestStatus,
): PatchOperation[] {
  return [
    { op: "test", path: "/metadata/uid", value: test.uid },
    { op: "test", path: "/metadata/generation", value: test.generation },
    { op: "add", path: "/status", value: status },
  ];
}

/** Replaces the owner references; an empty list removes them all, and is valid even if there were none. */
export function ownersPatch(
  test: ObjectRef & { resourceVersion: string },
  owners: readonly OwnerReference[],
): PatchOperation[] {
  return [
    { op: "test", path: "/metadata/uid", value: test.uid },
    { op: "test", path: "/metadata/resourceVersion", value: test.resourceVersion },
    { op: "add", path: "/metadata/ownerReferences", value: owners },
  ];
}

/** Removes an annotation that is still `"true"`, unless the object was recreated. */
export function annotationPatch(uid: string, annotation: string): PatchOperation[] {
  const path = `/metadata/annotations/${annotation.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path, value: "true" },
    { op: "remove", path },
  ];
}
