import { MAX_BYTES_IN } from "../net/limits";
import type { Probe, ProbeContext } from "../probe";
import type { GitType } from "./engine";
import { authorizeGitlab } from "./gitlab/rights";
import { connectHttp, type HttpGitTransport } from "./http/transport";
import { MAX_ANSWER_BYTES } from "./pkt-line";
import { gitPlan, gitReferences, type GitPlan, type HttpPlan } from "./plan";
import { expectPush, findRefs, type FoundRefs } from "./refs";
import { connectSsh } from "./ssh/transport";
import { expectTarget } from "./target-state";
import type { GitService, GitTransport } from "./transport";

/** Git servers over HTTP and SSH. */
export const gitProbe = probeOf("git");
/** GitLab: Git over HTTP, with rights from its REST API, and merge requests. */
export const gitlabProbe = probeOf("gitlab");

function probeOf(type: GitType): Probe<GitPlan> {
  return {
    type,
    maxBytesIn: MAX_ANSWER_BYTES + MAX_BYTES_IN,
    references: (sink) => gitReferences(type, sink),
    plan: (sink, secrets, options) => gitPlan(type, sink, secrets, options),
    run,
  };
}

async function run(plan: GitPlan, context: ProbeContext): Promise<void> {
  if (isHttp(plan)) {
    const transport = await connectHttp(plan, context);
    return ask(plan, transport, context, () => authorizeHttp(plan, transport, context));
  }
  const transport = await connectSsh(plan, context);
  return ask(plan, transport, context, () => authorize(plan, transport, context));
}

async function ask(
  plan: GitPlan,
  transport: GitTransport,
  context: ProbeContext,
  mayWrite: () => Promise<void>,
): Promise<void> {
  const { recorder } = context;
  context.closeLater(() => transport.close());
  const refs = await recorder.phase("Verify", () => verify(plan, transport, context));
  if (refs.agent) recorder.serverVersion(refs.agent);
  noteUnproven(plan, refs, context);
  await recorder.phase("Authorize", mayWrite);
}

function isHttp(plan: GitPlan): plan is HttpPlan {
  return plan.at.transport !== "ssh";
}

/** Checks that reading works, and that the branches meet the exporter's needs. */
async function verify(plan: GitPlan, transport: GitTransport, context: ProbeContext): Promise<FoundRefs> {
  const { branch, conflicts, creates } = plan.target;
  const search = { names: [branch, ...conflicts], ...(creates ? { below: branch } : {}) };
  const refs = await talk(transport, "git-upload-pack", () => findRefs(transport, search));
  expectTarget(plan, refs, context.recorder);
  return refs;
}

/**
 * Checks the right to push. The server advertises git-receive-pack only to users who may push (gitprotocol-http(5),
 * "Smart Server Response"; over SSH it runs the command only for them). Nothing is sent after the advertisement.
 */
async function authorize(plan: GitPlan, transport: GitTransport, { recorder }: ProbeContext): Promise<void> {
  await talk(transport, "git-receive-pack", () => expectPush(transport));
  const why = "only a push shows whether branch protection, hooks or a quota refuse it";
  recorder.unproven(`${plan.type}:PushRules`, "OnlyAWriteTells", why);
}

async function authorizeHttp(
  plan: HttpPlan,
  transport: HttpGitTransport,
  context: ProbeContext,
): Promise<void> {
  await authorize(plan, transport, context);
  if (plan.type === "gitlab") await authorizeGitlab(plan, transport, context);
}

/** Notes needs that no server can prove, because they depend on the exporter itself. */
function noteUnproven(plan: GitPlan, { isSha256 }: FoundRefs, { recorder }: ProbeContext): void {
  if ("otherUser" in plan && plan.otherUser)
    recorder.unproven("git:LoginUser", "NotAnswered", plan.otherUser);
  if (isSha256 && plan.engine === "go-git") {
    const why = "go-git reads a repository with SHA-256 only when it was built for that";
    recorder.unproven(`${plan.type}:ObjectFormat`, "NotAnswered", why);
  }
}

async function talk<T>(transport: GitTransport, service: GitService, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await transport.explain(error, service);
  }
}
