import { failed } from "../../../domain/failure";
import { row, type ErrorRow } from "../../error-row";
import { jsonObject, type JsonObject } from "../../json-object";
import { BACKEND_NAMES } from "../../messages";
import { trimmed } from "../../../lib/trimmed";
import type { HttpGitTransport } from "../http/transport";
import type { HttpPlan } from "../plan";
import type { ApiCredentials } from "./credentials";

/** Client of the REST API at a repository's server, with the exporter's requests. */
export interface GitlabApi {
  /** GitLab's API, by the project's path with its own prefix, such as `/repository/branches/main`. */
  ofProject(path: string): Promise<ApiAnswer>;
  /** GitLab's API, by a path such as `/personal_access_tokens/self`. */
  gitlab(path: string): Promise<ApiAnswer>;
  /** Gitea's API, by the repository's path with its own prefix, such as `/pulls`. */
  ofGiteaRepository(path: string): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  readonly status: number;
  /** Whether the body begins as a list; the list itself is not needed, and may be truncated. */
  readonly isList: boolean;
  /** The body when it is a whole JSON object. */
  readonly json?: JsonObject;
}

export function gitlabApi(
  plan: HttpPlan,
  transport: HttpGitTransport,
  credentials: ApiCredentials,
): GitlabApi {
  const project = projectOf(plan);
  const repository = project.split("/").map(encodeURIComponent).join("/");
  const { token, user } = credentials;
  const privateToken = { "PRIVATE-TOKEN": token };
  const gitea = {
    Authorization: user ? `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}` : `token ${token}`,
  };
  const ask = async (path: string, headers: Readonly<Record<string, string>>): Promise<ApiAnswer> => {
    const { status, body } = await transport.get(path, { Accept: "application/json", ...headers });
    const json = jsonObject(body);
    return { status, isList: body.trimStart().startsWith("["), ...(json ? { json } : {}) };
  };
  return {
    ofProject: (path) => ask(`/api/v4/projects/${encodeURIComponent(project)}${path}`, privateToken),
    gitlab: (path) => ask(`/api/v4${path}`, privateToken),
    ofGiteaRepository: (path) => ask(`/api/v1/repos/${repository}${path}`, gitea),
  };
}

/** The path of the project, without slashes around it and without `.git`. */
function projectOf({ at: { path } }: HttpPlan): string {
  return trimmed(path.replace(/^\//, "").replace(/\.git$/, ""), /\//);
}

/** The names in messages about the API. */
export interface ApiWords {
  /** `GitLab's API at git.example.com:443` */
  readonly api: string;
  readonly repository: string;
  readonly secret: string;
  readonly key: string;
  readonly code: number;
}

type Row = ErrorRow<ApiWords>;

const UNAVAILABLE: Row["say"] = ({ api, code }) =>
  `${api} is unavailable (HTTP ${code}). Check its state, and that of the proxy in front of it.`;
const MOVED: Row["say"] = ({ api, repository }) =>
  `${api} redirects for ${repository}. Merge requests are not opened at an old address: put the project's own URL into spec.endpoint.`;

/** Statuses with which an API refuses to list merge requests. */
const REFUSALS: Readonly<Record<number, Row>> = {
  3: row("ProtocolError", MOVED),
  401: row(
    "AuthenticationFailed",
    ({ api, key, secret }) =>
      `${api} refused the key ${key} of Secret ${secret}. Merge requests need a project or personal access token with ` +
      "scope api; passwords and deploy tokens are not accepted.",
  ),
  403: row(
    "PermissionDenied",
    ({ api, repository, key, secret }) =>
      `${api} does not let the key ${key} of Secret ${secret} list the merge requests of ${repository}. Give the token ` +
      "scope api and role Developer, and check that the project has merge requests turned on.",
  ),
  404: row(
    "TargetNotFound",
    ({ api, repository, key, secret }) =>
      `${api} shows no merge requests of ${repository} to the key ${key} of Secret ${secret}, nor does Gitea's. Check the ` +
      "path in spec.endpoint, and that the token may see the project and has scope api.",
  ),
  429: row(
    "TooManyConnections",
    ({ api }) => `${api} limits the rate of requests (HTTP 429). Run the test again later.`,
  ),
  502: row("Unreachable", UNAVAILABLE),
  503: row("Unreachable", UNAVAILABLE),
  504: row("Unreachable", UNAVAILABLE),
};
const NO_LIST: Row = row(
  "ProtocolError",
  ({ api, code }) =>
    `${api} did not answer with a list of merge requests (HTTP ${code}). Check spec.endpoint, and whether a sign-in page ` +
    "is in front of the API.",
);

/** Why merge requests cannot be listed, for an answer that is not a list. */
export function listFailure({ status }: ApiAnswer, plan: HttpPlan): Error {
  const { cause, say } =
    REFUSALS[status === 405 ? 404 : status] ?? REFUSALS[Math.floor(status / 100)] ?? NO_LIST;
  return failed(cause, say(apiWords(plan, status)));
}

/** The names for messages about a plan's API. */
export function apiWords(plan: HttpPlan, code = 0): ApiWords {
  return {
    api: `${BACKEND_NAMES[plan.type]}'s API at ${plan.endpoint}`,
    repository: plan.repository,
    secret: plan.secret ?? "",
    key: plan.api?.key ?? "token",
    code,
  };
}
