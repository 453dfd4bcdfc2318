import { subscribe } from "node:diagnostics_channel";
import { GROUP, VERSION } from "../api/vocabulary";
import type { WatchStates } from "../health/watch-states";

/** The used part of undici's messages about a request; `request` is the same object in all of its messages. */
interface RequestMessage {
  readonly request: { readonly path: string; readonly method: string };
  readonly response?: { readonly statusCode: number };
}

interface Followed {
  readonly plural: string;
  readonly watch: boolean;
  /**
   * A watch without a resource version, which the framework opens when its list failed. The API server begins it with
   * a synthetic event for every object that exists (Kubernetes API concepts, "Semantics for watch").
   */
  readonly complete: boolean;
  answered: boolean;
}

const PATH = new RegExp(`/apis/${GROUP}/${VERSION}/(?:namespaces/[^/]+/)?([a-z]+)(?:\\?(.*))?$`);

/**
 * Follows the framework's lists and watches of the operator's kinds. The framework reports failures of its watches only
 * at debug level and exposes no watcher, but it uses undici, which reports the result of every request (see
 * its docs/api/DiagnosticsChannel.md). The operator's own client does not use undici and does not appear here.
 */
export function followWatches(states: WatchStates): void {
  const followed = new WeakMap<object, Followed>();
  /** The framework abandons a stream silently when it opens another one. */
  const latest = new Map<string, Followed>();
  const on = (event: string, hear: (request: Followed, message: RequestMessage) => void): void =>
    subscribe(`undici:request:${event}`, (message) => {
      const { request } = message as RequestMessage;
      const known = followed.get(request);
      if (known) hear(known, message as RequestMessage);
    });
  const end = (request: Followed, complete: boolean): void => {
    if (!request.watch) states.listEnded(request.plural, request);
    if (!request.answered) return;
    request.answered = false;
    if (latest.get(request.plural) === request) states.closed(request.plural);
    else if (complete && !request.watch) states.listed(request.plural);
  };
  subscribe("undici:request:create", (message) => {
    const { request } = message as RequestMessage;
    const asked = request.method === "GET" ? PATH.exec(request.path) : null;
    const [, plural, query] = asked ?? [];
    if (plural === undefined || !states.plurals.includes(plural)) return;
    const parameters = new URLSearchParams(query);
    const watch = parameters.get("watch") === "true";
    const complete = watch && !parameters.has("resourceVersion");
    const asks = { plural, watch, complete, answered: false };
    followed.set(request, asks);
    if (!watch) return states.listing(plural, asks);
    latest.set(plural, asks);
    states.closed(plural);
  });
  on("headers", (request, { response }) => {
    const { statusCode = 0 } = response ?? {};
    if (statusCode < 200 || statusCode > 299) return;
    request.answered = true;
    if (latest.get(request.plural) === request) states.opened(request.plural, request.complete);
  });
  on("trailers", (request) => end(request, true));
  on("error", (request) => end(request, false));
}
