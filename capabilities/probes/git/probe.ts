import { failed } from "../../domain/failure";
import { quoted } from "../messages";
import type { Probe, ProbeContext } from "../probe";
import { branchName } from "./branch";
import type { GitType } from "./credentials";
import { serverOf } from "./errors";
import { connectHttp } from "./http/transport";
import { gitPlan, gitReferences, type GitPlan } from "./plan";
import { expectPush, findRefs, type FoundRefs } from "./refs";
import { connectSsh } from "./ssh/transport";
import type { GitService, GitTransport } from "./transport";

/** Git servers over HTTP and SSH. */
export const gitProbe = probeOf("git");
/** GitLab: as Git, with its own way to authenticate with tokens, and merge requests. */
export const gitlabProbe = probeOf("gitlab");

function probeOf(type: GitType): Probe<GitPlan> {
  return {
    type,
    references: gitReferences,
    plan: (sink, secrets) => gitPlan(type, sink, secrets),
    run,
  };
}

async function run(plan: GitPlan, context: ProbeContext): Promise<void> {
  const transport = isHttp(plan) ? await connectHttp(plan, context) : await connectSsh(plan, context);
  const { recorder } = context;
  context.goodbye(() => transport.close());
  const refs = await recorder.phase("Verify", () => verify(plan, transport));
  if (refs.agent) recorder.serverVersion(refs.agent);
  await recorder.phase("Authorize", () => authorize(plan, transport, refs));
}

function isHttp(plan: GitPlan): plan is Extract<GitPlan, { trust: unknown }> {
  return plan.at.transport !== "ssh";
}

/** Reading works, and the branch exists; the first push makes the branch of an empty repository. */
async function verify(plan: GitPlan, transport: GitTransport): Promise<FoundRefs> {
  const wanted = [...new Set([plan.branch, plan.targetBranch])].filter((ref) => ref !== undefined);
  const refs = await talk(transport, "git-upload-pack", () => findRefs(transport, wanted));
  if (plan.branch === undefined || refs.isEmpty || refs.found.has(plan.branch)) return refs;
  throw failed(
    "TargetNotFound",
    `The repository at ${serverOf(plan)} has no branch ${quoted(branchName(plan.branch))}. ` +
      "Create it, or correct spec.git.branch or #branch= in spec.endpoint.",
  );
}

/**
 * The server advertises what a push needs only to those who may push (gitprotocol-http(5), "Smart Server
 * Response"; over SSH it runs the command only for them). Nothing is sent after the advertisement.
 */
async function authorize(plan: GitPlan, transport: GitTransport, refs: FoundRefs): Promise<void> {
  await talk(transport, "git-receive-pack", () => expectPush(transport));
  if (plan.targetBranch === undefined || refs.found.has(plan.targetBranch)) return;
  throw failed(
    "TargetNotFound",
    `The repository at ${serverOf(plan)} has no branch ${quoted(branchName(plan.targetBranch))} for merge requests to aim at. ` +
      "Create it, or correct spec.gitlab.mergeRequest.targetBranch.",
  );
}

async function talk<T>(transport: GitTransport, service: GitService, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await transport.explain(error, service);
  }
}
