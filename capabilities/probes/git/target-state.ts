import type { LimitationId } from "../../api/vocabulary";
import { failed, type FailureError } from "../../domain/failure";
import { quoted } from "../messages";
import type { Recorder } from "../probe";
import { branchName } from "./branch";
import { serverOf } from "./errors";
import type { GitPlan } from "./plan";
import type { FoundRefs } from "./refs";
import type { GitTarget } from "./target";

/**
 * Throws `FailureError` when the repository's branches do not meet the exporter's needs: `TargetNotFound` for a branch
 * that it does not create, `InvalidConfiguration` for one that conflicts with its own. Notes the limitation, if any.
 */
export function expectTarget(plan: GitPlan, refs: FoundRefs, recorder: Recorder): void {
  const { target } = plan;
  const isThere = refs.found.has(target.branch);
  if (!isThere) expectCreated(plan, refs, recorder);
  if (isThere && target.sourcePrefix === undefined) return;
  const inTheWay = [...refs.found].find((ref) => ref !== target.branch || target.conflicts.includes(ref));
  if (inTheWay !== undefined) throw conflict(plan, inTheWay);
}

/** A missing branch is a fault unless the exporter creates it. */
function expectCreated(plan: GitPlan, { isEmpty }: FoundRefs, recorder: Recorder): void {
  const { target } = plan;
  const limitation: LimitationId = isEmpty ? "EmptyRepository" : "BranchMissing";
  if (target.fatal.includes(limitation)) recorder.limited(limitation);
  else if (target.sourcePrefix === undefined) return;
  const words = wordsOf(plan);
  const say = target.sourcePrefix !== undefined ? noTarget : isEmpty ? emptyRepository : noBranch;
  throw failed("TargetNotFound", say(words));
}

interface Words {
  /** `The repository platform/inventory.git at Git server at git.example.com:443` */
  readonly repository: string;
  readonly branch: string;
  readonly target: GitTarget;
  /** An alternative to creating the branch, by the type of the sink. */
  readonly instead: string;
  /** The field that would name a branch, if the sink names none. */
  readonly nameIn: string;
}

function wordsOf(plan: GitPlan): Words {
  const isGit = plan.type === "git";
  return {
    repository: repositoryOf(plan),
    branch: quoted(branchName(plan.target.branch)),
    target: plan.target,
    instead: isGit ? ", or set spec.git.engine to cli" : "",
    nameIn: isGit ? "spec.git.branch" : "#branch= of spec.endpoint",
  };
}

function repositoryOf(plan: GitPlan): string {
  return `The repository ${plan.repository} at ${serverOf(plan)}`;
}

function emptyRepository({ repository, branch, instead }: Words): string {
  return `${repository} is empty, and the exporter cannot write a first commit. Create branch ${branch} with one commit${instead}.`;
}

function noBranch({ repository, branch, target: { field }, instead, nameIn }: Words): string {
  const why = field ? "" : `, to which exports go unless ${nameIn} names another`;
  const correct = field ? `correct ${field}` : `set ${nameIn}`;
  return `${repository} has no branch ${branch}${why}. Create it with one commit, ${correct}${instead}.`;
}

function noTarget({ repository, branch, target: { field } }: Words): string {
  return `${repository} has no branch ${branch} for merge requests to target. Create it, or correct ${field}.`;
}

/** Git keeps a branch as a file, so `a` and `a/b` cannot both exist. */
function conflict(plan: GitPlan, ref: string): FailureError {
  const { branch, conflicts, sourcePrefix } = plan.target;
  const name = quoted(branchName(ref));
  const own = quoted(branchName(sourcePrefix ?? branch));
  const message =
    sourcePrefix !== undefined
      ? `has a branch ${name}, so Git cannot keep branches below ${own}/. Rename it, or set ` +
        "spec.gitlab.mergeRequest.branchPrefix to another prefix."
      : conflicts.includes(ref)
        ? `has a branch ${name}, so Git cannot create ${own}. Rename it, or correct spec.git.branch.`
        : `has branches below ${own}/, so Git cannot create ${own}. Rename them, or correct spec.git.branch.`;
  return failed("InvalidConfiguration", `${repositoryOf(plan)} ${message}`);
}
