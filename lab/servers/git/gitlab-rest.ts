import type { IncomingMessage } from "node:http";
import type { GitHttpOptions } from "./http";

/** A token as GitLab's REST API sees it. */
export interface RestToken {
  readonly scopes: readonly string[];
  /** What the Branches API says of a branch; true when absent. */
  readonly canPush?: boolean;
  /** Good for the repository, and unknown to the API, as deploy tokens and passwords are. */
  readonly isUnknown?: boolean;
  /** `/personal_access_tokens/self` does not answer, as for OAuth tokens. */
  readonly isNoAccessToken?: boolean;
}

/** What the API has of a project; changed by tests between requests. */
export interface RestState {
  readonly tokens: Record<string, RestToken>;
  /** Path of the project, such as `group/inventory`. */
  project: string;
  branches: readonly string[];
  flavour: "gitlab" | "gitea" | "none";
  /** Settings > General > Merge requests. */
  mergeRequests: boolean;
  /** Answers instead of the API. */
  instead?: Answer | undefined;
}

/**
 * A stand-in for the REST API of GitLab, in front of a real `git http-backend`, with GitLab's documented rules: scope
 * `read_api` or `api` to list and to see branches, `api` to open a merge request, 403 for a scope that is missing, 404
 * for what the token may not see. As `gitea` it answers Gitea's pulls API instead.
 */
export function gitlabRest(state: RestState): NonNullable<GitHttpOptions["instead"]> {
  return (request, response) => {
    if (!request.url?.startsWith("/api/")) return false;
    const answer: Answer = state.instead ?? answerOf(request, state);
    const { status, location } = answer;
    response.writeHead(status, {
      "Content-Type": "application/json",
      ...(location ? { Location: location } : {}),
    });
    response.end(answer.body ?? "");
    request.resume();
    return true;
  };
}

interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly body?: string;
}

function answerOf(request: IncomingMessage, state: RestState): Answer {
  const url = new URL(request.url ?? "/", "http://gitlab.invalid");
  if (state.flavour === "gitlab" && url.pathname.startsWith("/api/v4/")) return ofGitlab(url, request, state);
  if (state.flavour === "gitea" && url.pathname.startsWith("/api/v1/")) return ofGitea(url, request, state);
  return json(404, { message: "Not Found" });
}

function ofGitlab({ pathname }: URL, { headers, method = "GET" }: IncomingMessage, state: RestState): Answer {
  const token = knownToken(state, headers["private-token"]);
  if (!token) return json(401, { message: "401 Unauthorized" });
  if (pathname === "/api/v4/personal_access_tokens/self") return selfOf(token);
  const [, project = "", rest = ""] = /^\/api\/v4\/projects\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
  if (decodeURIComponent(project) !== state.project) return json(404, { message: "404 Project Not Found" });
  if (!isInScope(token, method)) return json(403, { error: "insufficient_scope" });
  return rest === "merge_requests" ? mergeRequests(method, state) : branchOf(rest, token, state);
}

function knownToken({ tokens }: RestState, given: unknown): RestToken | undefined {
  const token = tokens[String(given)];
  return token?.isUnknown ? undefined : token;
}

function selfOf({ isNoAccessToken, scopes }: RestToken): Answer {
  return isNoAccessToken ? json(404, { message: "404 Not Found" }) : json(200, { scopes });
}

function isInScope({ scopes }: RestToken, method: string): boolean {
  return scopes.includes("api") || (method === "GET" && scopes.includes("read_api"));
}

function branchOf(rest: string, { canPush = true }: RestToken, { branches }: RestState): Answer {
  const name = decodeURIComponent(/^repository\/branches\/([^/]+)$/.exec(rest)?.[1] ?? "");
  if (!branches.includes(name)) return json(404, { message: "404 Branch Not Found" });
  return json(200, { name, can_push: canPush });
}

function mergeRequests(method: string | undefined, state: RestState): Answer {
  if (!state.mergeRequests) return json(403, { message: "403 Forbidden" });
  return method === "POST" ? json(201, { iid: 1 }) : json(200, []);
}

function ofGitea({ pathname }: URL, { headers, method }: IncomingMessage, state: RestState): Answer {
  const given = headers.authorization ?? "";
  const name = given.startsWith("Basic ")
    ? Buffer.from(given.slice(6), "base64")
        .toString()
        .replace(/^[^:]*:/, "")
    : given.replace(/^token /, "");
  if (!state.tokens[name]) return json(401, { message: "invalid credentials" });
  if (pathname !== `/api/v1/repos/${state.project}/pulls`) return json(404, { message: "not found" });
  return mergeRequests(method, state);
}

function json(status: number, body: unknown): Answer {
  return { status, body: JSON.stringify(body) };
}
