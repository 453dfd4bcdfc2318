import type { KollectSnapshotSink } from "../../capabilities/api/types";
import type { Exporter } from "../truth/row";
import { construct, validRef, type Construction } from "./git/construction";
import { outcomeOf, StepFailed } from "./git/step";
import { transportOf } from "./git/transport";
import { inFolder, workTree } from "./git/work-tree";

/**
 * What Kollect 0.18 does with a gitlab sink (facts, 2.7): as go-git with a forced push, without `spec.git`; in mode
 * merge_request it pushes to a branch of its own and asks the REST API for a merge request, whose TLS trusts the public
 * authorities alone.
 */
export const exportToGitlab: Exporter = (truthCase, { items, signal }) =>
  outcomeOf(() =>
    inFolder(async (folder) => {
      const { gitlab } = (truthCase.sink as KollectSnapshotSink).spec;
      const made = construct(truthCase);
      if (made.url.protocol === "ssh:") {
        throw new StepFailed("construction", "gitlab endpoint must use https or http");
      }
      const isRequest = gitlab?.mergeRequest?.mode === "merge_request";
      const { source, target } = isRequest ? requested(gitlab.mergeRequest) : direct(made);
      const transport = await transportOf(made, { engine: "go-git", forceBasicAuth: false, folder });
      const destination = { engine: "go-git", from: target, to: source, force: true } as const;
      const tree = workTree(transport, destination, { folder, signal });
      for (const round of [1, 2]) {
        await tree.export(round, items);
        if (isRequest) await ensureRequest(made, { source, target }, signal);
      }
    }),
  );

function direct({ branch }: Construction): Branches {
  return { source: validRef(branch), target: validRef(branch) };
}

type MergeRequest = NonNullable<NonNullable<KollectSnapshotSink["spec"]["gitlab"]>["mergeRequest"]>;

function requested({ targetBranch = "", branchPrefix = "" }: MergeRequest = {}): Branches {
  const target = targetBranch.trim();
  if (target === "") throw new StepFailed("construction", "merge_request mode requires targetBranch");
  const prefix = branchPrefix.trim().replace(/^\/+|\/+$/g, "") || "kollect";
  return { source: validRef(`${prefix}/shop/orders`), target: validRef(target) };
}

/** The branch that is cloned, and the one that is pushed to. */
interface Branches {
  readonly source: string;
  readonly target: string;
}

/** Lists the open requests of the branch and opens one; a server without GitLab's API is asked as Gitea. */
async function ensureRequest(made: Construction, branches: Branches, signal: AbortSignal): Promise<void> {
  const token = made.auth.token.trim() || made.auth.password.trim();
  if (token === "") throw new StepFailed("merge request", "requires api token in secretRef");
  const project = decodeURIComponent(made.url.pathname)
    .replace(/^\//, "")
    .replace(/\.git$/, "");
  const gitlab = new URL(`/api/v4/projects/${encodeURIComponent(project)}/merge_requests`, made.url);
  const gitea = new URL(`/api/v1/repos/${project}/pulls`, made.url);
  const user = made.auth.username.trim();
  const pair = Buffer.from(`${user}:${token}`).toString("base64");
  const giteaAuth = { Authorization: user ? `Basic ${pair}` : `token ${token}` };
  const ask = caller(signal);
  for (const call of [listCall, createCall]) {
    const answer = await ask(call(gitlab, branches), { "PRIVATE-TOKEN": token });
    const final = [404, 405].includes(answer.status) ? await ask(call(gitea, branches), giteaAuth) : answer;
    if (final.status >= 300) throw new StepFailed("merge request", `HTTP ${final.status}: ${final.text}`);
    if (call === listCall && targets(final.text).includes(branches.target)) return;
  }
}

interface Call {
  readonly url: URL;
  readonly body?: object;
}

function listCall(url: URL, { source }: Branches): Call {
  const isGitea = url.pathname.startsWith("/api/v1/");
  const listed = new URL(url);
  listed.searchParams.set("state", isGitea ? "open" : "opened");
  listed.searchParams.set(isGitea ? "head" : "source_branch", source);
  return { url: listed };
}

function createCall(url: URL, { source, target }: Branches): Call {
  const both = {
    source_branch: source,
    target_branch: target,
    title: "kollect inventory export: shop/orders",
  };
  return { url, body: { ...both, head: source, base: target } };
}

function caller(signal: AbortSignal) {
  return async ({ url, body }: Call, headers: Readonly<Record<string, string>>) => {
    const options = {
      headers: { ...headers, ...(body ? { "Content-Type": "application/json" } : {}) },
      signal,
      ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
    };
    const response = await fetch(url, options).catch((error: unknown) => {
      throw new StepFailed("merge request", String((error as Error).cause ?? error));
    });
    return { status: response.status, text: await response.text() };
  };
}

function targets(text: string): string[] {
  try {
    return (JSON.parse(text) as { target_branch?: string }[]).map(({ target_branch = "" }) => target_branch);
  } catch {
    throw new StepFailed("merge request", "decode merge requests");
  }
}
