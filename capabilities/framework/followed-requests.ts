import { subscribe } from "node:diagnostics_channel";
import { GROUP, VERSION } from "../api/vocabulary";

/** The used part of undici's messages about a request; `request` is the same object in all of its messages. */
interface RequestMessage {
  readonly request: {
    path: string;
    readonly method: string;
    addHeader(name: string, value: string): void;
  };
  readonly response?: { readonly statusCode: number };
}

/** A list or a watch of one of the operator's kinds. */
export interface FollowedRequest {
  readonly plural: string;
  readonly watch: boolean;
  /** What it asks for. A change in {@link RequestFollower.created} changes the request. */
  readonly query: URLSearchParams;
  /** Only in {@link RequestFollower.created}. */
  addHeader(name: string, value: string): void;
}

/** Hears of the framework's lists and watches, in the order of its requests. */
export interface RequestFollower {
  /** It is about to be sent. */
  created(request: FollowedRequest): void;
  /** The API server has begun its response, with a status of success. */
  accepted?(request: FollowedRequest): void;
  /** It is over: `complete` if the API server accepted it and its response was read to the end. */
  ended(request: FollowedRequest, complete: boolean): void;
}

interface Followed {
  readonly request: FollowedRequest;
  accepted: boolean;
}

const PATH = new RegExp(`^([^?]*/apis/${GROUP}/${VERSION}/(?:namespaces/[^/]+/)?([a-z]+))(?:\\?(.*))?$`);

/**
 * Tells the followers of the framework's lists and watches of these kinds, each message to all of them in their order.
 * The framework uses undici, which reports the progress of every request on diagnostics channels (see its
 * docs/api/DiagnosticsChannel.md). The operator's own client does not use undici and does not appear here.
 */
export function followRequests(plurals: readonly string[], followers: readonly RequestFollower[]): void {
  const known = new WeakMap<object, Followed>();
  const on = (event: string, hear: (followed: Followed, message: RequestMessage) => void): void =>
    subscribe(`undici:request:${event}`, (message) => {
      const followed = known.get((message as RequestMessage).request);
      if (followed) hear(followed, message as RequestMessage);
    });
  const end = ({ request }: Followed, sent: object, complete: boolean): void => {
    known.delete(sent);
    for (const follower of followers) follower.ended(request, complete);
  };
  subscribe("undici:request:create", (message) => {
    const { request: sent } = message as RequestMessage;
    const [, path = "", plural, given] = (sent.method === "GET" ? PATH.exec(sent.path) : null) ?? [];
    if (plural === undefined || !plurals.includes(plural)) return;
    const query = new URLSearchParams(given);
    const asked = query.toString();
    const addHeader = (name: string, value: string): void => sent.addHeader(name, value);
    const request = { plural, watch: query.get("watch") === "true", query, addHeader };
    known.set(sent, { request, accepted: false });
    for (const follower of followers) follower.created(request);
    if (query.toString() !== asked) sent.path = query.size > 0 ? `${path}?${query}` : path;
  });
  on("headers", (followed, { response }) => {
    const { statusCode = 0 } = response ?? {};
    if (statusCode < 200 || statusCode > 299) return;
    followed.accepted = true;
    for (const follower of followers) follower.accepted?.(followed.request);
  });
  on("trailers", (followed, { request }) => end(followed, request, followed.accepted));
  on("error", (followed, { request }) => end(followed, request, false));
}
