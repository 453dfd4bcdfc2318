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
export function taken<T extends ShownObject>(object: T): T {
  const copy = { ...object };
  const { name, namespace, uid, resourceVersion, generation } = object.metadata ?? {};
  const metadata = { name, namespace, uid, resourceVersion, generation };
  // Members are emptied and not deleted, which would make the object slow.
  for (const member of Object.keys(object)) {
    if (member !== "apiVersion" && member !== "kind") Object.assign(object, { [member]: undefined });
  }
  Object.assign(object, { metadata });
  return copy;
}
