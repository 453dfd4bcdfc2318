/** The parts of an object's metadata that the framework reads of an object that it keeps. */
interface Identity {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
}

/** An object as the framework shows it. */
export interface ShownObject {
  readonly metadata?: Identity;
}

/**
 * Returns a copy of a shown object, and reduces the object itself to what identifies it. The framework keeps every
 * object that it has shown as long as it exists (kubernetes-fluent-client 3.11.6, fluent/watch.ts, `#cache`), and only
 * compares its version and shows it again when a list lacks it. So a tenant's large objects do not fill the memory
 * that all tenants share.
 */
export function detached<T extends ShownObject>(object: T): T {
  const copy = { ...object };
  const { name, namespace, uid, resourceVersion, generation } = object.metadata ?? {};
  const kept = object as Record<string, unknown>;
  // Members are emptied and not deleted, which would make the object slow.
  for (const member of Object.keys(kept)) {
    if (member !== "apiVersion" && member !== "kind") kept[member] = undefined;
  }
  kept["metadata"] = { name, namespace, uid, resourceVersion, generation };
  return copy;
}
