import { WatchPhase } from "kubernetes-fluent-client/dist/fluent/shared-types";
import type { Capability } from "pepr";

/**
 * Makes a capability's watches deliver deletions too. The framework's selectors support either creation and
 * update or deletion, and open a watch with a cache of all objects for each; this way one per kind is enough.
 */
export function everyPhase(capability: Capability): Capability {
  for (const binding of capability.bindings) {
    if (binding.isWatch) Object.assign(binding, { event: "*" });
  }
  return capability;
}

/** `shown`: created or changed; `deleted`: the API server reported a deletion; `missing`: a list lacks it. */
export type Showing = "shown" | "deleted" | "missing";

/**
 * Distinguishes deletions that the API server reported from those that the framework infers. It lists its kinds again
 * periodically, and reports objects that a list lacks as deleted, although that list may be older than the last watch
 * events (kubernetes-fluent-client 3.11.6, fluent/watch.ts, `#list`). It then passes the same object as before, whereas
 * a reported deletion has a new object.
 */
export function createShowings(): (object: object, phase: WatchPhase) => Showing {
  const shown = new WeakSet<object>();
  return (object, phase) => {
    if (phase === WatchPhase.Deleted) return shown.has(object) ? "missing" : "deleted";
    shown.add(object);
    return "shown";
  };
}
