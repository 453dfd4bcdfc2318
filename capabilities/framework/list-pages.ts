import type { RequestFollower } from "./followed-requests";

/**
 * Objects of one page. A sink can have 1.5 MiB, a page needs twice its size while it is parsed, and the three kinds of
 * sinks are listed at the same time: 135 MiB of the 259 that V8 allows itself in the watcher's container.
 */
export const PAGE = 15;

/**
 * Makes the framework list in pages. It follows the `continue` token of a response (kubernetes-fluent-client 3.11.6,
 * fluent/watch.ts, `#list`), but never asks for a limit, so that the API server sends all objects of a kind in one
 * response, which may be larger than the memory.
 *
 * When a later page fails, the framework watches from the version of the pages before it, and would not show the other
 * objects until its next list. The watch then begins with all objects instead, as it does when the first page fails.
 */
export function listInPages(): RequestFollower {
  const failed = new Set<string>();
  return {
    created: ({ plural, watch, query }) => {
      if (!watch) query.set("limit", String(PAGE));
      else if (failed.has(plural)) query.delete("resourceVersion");
    },
    ended: ({ plural, watch }, complete) => {
      if (watch) return;
      if (complete) failed.delete(plural);
      else failed.add(plural);
    },
  };
}
