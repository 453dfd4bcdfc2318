import type { WatchStates } from "../health/watch-states";
import type { FollowedRequest, RequestFollower } from "./followed-requests";

/**
 * Keeps the state of the framework's watches. The framework reports their failures only at debug level and exposes no
 * watcher.
 */
export function observeWatches(states: WatchStates): RequestFollower {
  /** The framework abandons a stream silently when it opens another one. */
  const latest = new Map<string, FollowedRequest>();
  return {
    created: (request) => {
      const { plural, watch } = request;
      if (!watch) return states.listing(plural, request);
      latest.set(plural, request);
      states.closed(plural);
    },
    accepted: (request) => {
      if (latest.get(request.plural) === request) states.opened(request.plural, beginsWithAll(request));
    },
    ended: (request, complete) => {
      const { plural, watch } = request;
      if (!watch) {
        states.listEnded(plural, request);
        if (complete) states.listed(plural);
      } else if (latest.get(plural) === request) states.closed(plural);
    },
  };
}

/**
 * A watch without a resource version, which the framework opens when its list failed, and list-pages.ts after
 * the first list. The API server begins it with a synthetic event for every object that exists (Kubernetes API concepts,
 * "Semantics for watch").
 */
function beginsWithAll({ query }: FollowedRequest): boolean {
  return !query.has("resourceVersion");
}
