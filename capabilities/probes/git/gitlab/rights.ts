import { failed } from "../../../domain/failure";
import { quoted } from "../../messages";
import { isPubliclyTrusted } from "../../net/tls";
import type { ProbeContext } from "../../probe";
import { branchName } from "../branch";
import { serverOf } from "../errors";
import type { HttpGitTransport } from "../http/transport";
import type { HttpPlan } from "../plan";
import { apiWords, gitlabApi, listFailure, type ApiAnswer, type GitlabApi } from "./api";

/** Timeout of a request that no verdict depends on, in milliseconds. */
const OPTIONAL_MS = 3000;

/**
 * Checks the exporter's needs through GitLab's REST API, in at most two requests. Rejects with `FailureError` for a
 * missing need, and as {@link HttpGitTransport.get} does.
 */
export async function authorizeGitlab(
  plan: HttpPlan,
  transport: HttpGitTransport,
  context: Context,
): Promise<void> {
  const api = plan.api && gitlabApi(plan, transport, plan.api);
  if (plan.target.sourcePrefix === undefined) return authorizeDirect(plan, api, context);
  noteAuthority(plan, transport, context);
  if (api) await authorizeMergeRequests(plan, api, context);
}

type Context = Pick<ProbeContext, "recorder" | "signal">;

/** GitLab's Branches API: whether this user may push to the branch, protected or not. */
async function authorizeDirect(plan: HttpPlan, api: GitlabApi | undefined, context: Context): Promise<void> {
  const { recorder } = context;
  const unproven = (why: string): void => recorder.unproven("gitlab:PushToBranch", "NotAnswered", why);
  if (!api) return unproven("the sink names no token for GitLab's API");
  const branch = branchName(plan.target.branch);
  const answer = await optional(api.ofProject(`/repository/branches/${encodeURIComponent(branch)}`), context);
  const mayPush = answer?.status === 200 ? answer.json?.["can_push"] : undefined;
  if (mayPush === true) return;
  if (mayPush === false) {
    throw failed(
      "PermissionDenied",
      `${serverOf(plan)} protects branch ${quoted(branch)} of ${plan.repository} from this token. Allow its role to push ` +
        "(Settings > Repository > Protected branches, Allowed to push and merge), or set mode merge_request.",
    );
  }
  unproven(WHY_NOT[answer?.status ?? 0] ?? "GitLab's API does not report who may push to the branch");
}

/** Statuses of the Branches API, which tokens for only the repository may not use. */
const WHY_NOT: Readonly<Record<number, string>> = {
  0: "GitLab's API did not answer in time",
  401: "GitLab's API does not accept these credentials, which are valid for the repository",
  403: "the token may not query who may push to the branch: that requires scope read_api",
  404: "the server has no GitLab API that shows this project to the token",
};

/** The exporter's calls to the API trust only the public authorities, whatever `spec.tls` says. */
function noteAuthority({ at, trust }: HttpPlan, transport: HttpGitTransport, { recorder }: Context): void {
  const dependsOnTls = at.transport === "https" && (trust.ca !== undefined || trust.insecureSkipVerify);
  if (!dependsOnTls) return;
  const socket = transport.secured();
  if (!socket || !isPubliclyTrusted(socket, at.host)) recorder.limited("RESTIgnoresCA");
}

async function authorizeMergeRequests(plan: HttpPlan, api: GitlabApi, context: Context): Promise<void> {
  const source = encodeURIComponent(branchName(plan.target.sourcePrefix ?? ""));
  const listed = await api.ofProject(`/merge_requests?state=opened&source_branch=${source}&per_page=1`);
  // As the exporter does, which treats a server without GitLab's API as Gitea.
  if (listed.status === 404 || listed.status === 405) {
    const pulls = await api.ofGiteaRepository(`/pulls?state=open&head=${source}&limit=1`);
    expectList(pulls, plan, context);
    return context.recorder.unproven(
      "gitlab:APIScope",
      "NotAnswered",
      "Gitea's API does not report the rights of a token",
    );
  }
  if (expectList(listed, plan, context)) await expectScope(plan, api, context);
}

/** True for a list; false for a redirect that keeps the method of a POST, which proves nothing. Throws otherwise. */
function expectList(answer: ApiAnswer, plan: HttpPlan, { recorder }: Context): boolean {
  if (answer.status === 200 && answer.isList) return true;
  if (answer.status !== 307 && answer.status !== 308) throw listFailure(answer, plan);
  recorder.unproven(
    "gitlab:MergeRequests",
    "NotAnswered",
    "GitLab's API redirects, and probes do not follow it",
  );
  return false;
}

async function expectScope(plan: HttpPlan, api: GitlabApi, context: Context): Promise<void> {
  const answer = await optional(api.gitlab("/personal_access_tokens/self"), context);
  const scopes = answer?.status === 200 ? answer.json?.["scopes"] : undefined;
  if (!Array.isArray(scopes)) {
    return context.recorder.unproven(
      "gitlab:APIScope",
      "NotAnswered",
      "GitLab does not report the scopes of this token",
    );
  }
  if (scopes.includes("api")) return;
  const { key, secret } = apiWords(plan);
  throw failed(
    "PermissionDenied",
    `The key ${key} of Secret ${secret} is a token of ${serverOf(plan)} without scope api, which opening merge requests in ` +
      `${plan.repository} needs (read_api only lists them). Create a token with scope api and role Developer.`,
  );
}

/** Undefined when there is no answer in time; the end of the connection then ends the request. */
async function optional(answer: Promise<ApiAnswer>, { signal }: Context): Promise<ApiAnswer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), OPTIONAL_MS);
  });
  const answered = answer.catch((error: unknown) => {
    if (signal.aborted) throw error;
    return undefined;
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
