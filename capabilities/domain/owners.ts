import type { OwnerReference, Sink } from "../api/types";
import { API_VERSION, GROUP, type SinkKind } from "../api/vocabulary";

/** Names the sink that the operator's owner reference points at; `uid` where it is known. */
export interface OwnedBy {
  readonly kind: SinkKind;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** The owner reference through which a sink's deletion deletes the test; never the controller, never blocking. */
export function ownerReference(sink: Sink): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind: sink.kind,
    name: sink.metadata.name ?? "",
    uid: sink.metadata.uid ?? "",
    controller: false,
  };
}

/**
 * The owner references that a test should have: the operator's references to `former` sinks are removed, its reference
 * to `owner` is present, and all others are unchanged. Returns undefined when nothing changes.
 */
export function reconcileOwners(
  current: readonly OwnerReference[] | undefined,
  change: { readonly former: readonly OwnedBy[]; readonly owner: OwnerReference | undefined },
): OwnerReference[] | undefined {
  const { former, owner } = change;
  const before = current ?? [];
  const kept = before.filter((reference) => {
    if (owner && reference.uid === owner.uid) return true;
    return !former.some((sink) => isOurs(reference, sink));
  });
  const owned = owner !== undefined && kept.some(({ uid }) => uid === owner.uid);
  const after = owner && !owned ? [...kept, owner] : kept;
  return after.length === before.length && after.every((reference, at) => reference === before[at])
    ? undefined
    : after;
}

function isOurs(reference: OwnerReference, sink: OwnedBy): boolean {
  const [group] = reference.apiVersion.split("/");
  return (
    group === GROUP &&
    reference.kind === sink.kind &&
    reference.name === sink.name &&
    (sink.uid === undefined || reference.uid === sink.uid) &&
    reference.controller !== true &&
    reference.blockOwnerDeletion !== true
  );
}
