import type { ShownObject } from "./framework/kept-objects";

/** The namespaces whose objects the operator serves. */
export interface ServedNamespaces {
  /** Those to which the framework limits handlers; all when empty. */
  readonly byFramework: readonly string[];
  includes(object: ShownObject): boolean;
}

/**
 * Serves the listed namespaces, and all when none is listed. The framework's watches are cluster-wide, and it keeps what
 * it does not pass to a handler as a whole. So the watcher gets the objects of all namespaces, to reduce them too, and
 * only admission leaves the selection to the framework.
 */
export function servedNamespaces(listed: readonly string[], isWatcher: boolean): ServedNamespaces {
  const names = new Set(listed);
  return {
    byFramework: isWatcher ? [] : listed,
    includes: ({ metadata }) => names.size === 0 || names.has(metadata?.namespace ?? ""),
  };
}
