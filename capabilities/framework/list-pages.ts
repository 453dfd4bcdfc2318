import type { RequestFollower } from "./followed-requests";

/**
 * Objects of one page. An object can have 1.5 MiB, a page needs twice its size while it is parsed, and the four kinds
 * are listed at the same time: 180 MiB of the 259 that V8 allows itself in the watcher's container.
 */
export const PAGE = 15;

/** No object can have this name. */
const NO_OBJECT = "metadata.name=-";

/**
 * Keeps the framework from reading all objects of a kind in one response, which may be larger than the memory.
 *
 * The first list of a kind gets no object: the watch after it begins with all of them, one by one, because its resource
 * version is removed (Kubernetes API concepts, "Semantics for watch"). Later lists, which show what the framework has
 * missed, come in pages. It follows the `continue` token of a response (kubernetes-fluent-client 3.11.6, fluent/watch.ts,
 * `#list`), but never asks for a limit.
 *
 * When a later page fails, the framework watches from the version of the pages before it, and would not show the other
 * objects until its next list. That watch begins with all objects too.
 */
export function listInPages(): RequestFollower {
  const listed = new Set<string>();
  /** Kinds of whose objects the last list lacks some. */
  const incomplete = new Set<string>();
  return {
    created: (request) => {
      const { plural, watch, query } = request;
      if (watch) {
        if (incomplete.has(plural)) query.delete("resourceVersion");
        return;
      }
      if (listed.has(plural)) {
        query.set("limit", String(PAGE));
        // The framework opens a connection for each request, and would keep those of a hundred pages for seconds.
        request.addHeader("connection", "close");
        return;
      }
      listed.add(plural);
      query.set("fieldSelector", NO_OBJECT);
      // From the API server's cache: only then it does not read all objects to find none.
      query.set("resourceVersion", "0");
    },
    ended: ({ plural, watch, query }, complete) => {
      if (watch) return;
      if (complete && query.get("fieldSelector") !== NO_OBJECT) incomplete.delete(plural);
      else incomplete.add(plural);
    },
  };
}
