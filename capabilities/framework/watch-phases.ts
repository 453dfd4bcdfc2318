import { WatchPhase } from "kubernetes-fluent-client/dist/fluent/shared-types";
import type { Capability } from "pepr";

/**
 * Makes a capability's watches deliver deletions too. The framework's selectors know either creation and
 * update or deletion, and open a watch with a cache of all objects for each; this way one per kind is enough.
 */
export function everyPhase(capability: Capability): Capability {
  for (const binding of capability.bindings) {
    if (binding.isWatch) Object.assign(binding, { event: "*" });
  }
  return capability;
}

/** `shown`: created or changed; `deleted`: the API server said so; `missing`: a list lacks it. */
export type Showing = "shown" | "deleted" | "missing";

/**
 * Tells deletions that the API server reported from those that the framework infers. It lists its kinds again now and
 * then, and reports what a list lacks as deleted, although that list may be older than what the watch has shown since
 * (kubernetes-fluent-client 3.11.6, fluent/watch.ts, `#list`). It then hands over the very object that it showed
 * before, whereas a reported deletion brings an object of its own.
 */
export function createShowings(): (object: object, phase: WatchPhase) => Showing {
  const shown = new WeakSet<object>();
  return (object, phase) => {
    if (phase === WatchPhase.Deleted) return shown.has(object) ? "missing" : "deleted";
    shown.add(object);
    return "shown";
  };
}
