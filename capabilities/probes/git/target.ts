import type { KollectSnapshotSinkSpec } from "../../api/types";
import type { LimitationId } from "../../api/vocabulary";
import { holds } from "../../domain/exporter/judge";
import type { ExporterSettings } from "../../domain/exporter/settings";
import { failed } from "../../domain/failure";
import { trimmed } from "../../lib/trimmed";
import { branchRef, DEFAULT_BRANCH, pathPrefixes } from "./branch";
import type { GitEndpoint } from "./endpoint";
import type { GitEngine } from "./engine";

/** The branches that the exporter clones and pushes to. */
export interface GitTarget {
  /** Full name of the branch that is cloned; in merge request mode the target of the requests. */
  readonly branch: string;
  /** The field that names the branch, for messages; absent when it is the default. */
  readonly field?: string;
  /** Limitations by which an empty repository or a missing branch makes exports fail. */
  readonly fatal: readonly LimitationId[];
  /** Full names of branches that conflict with the exporter's own. */
  readonly conflicts: readonly string[];
  /** Whether the exporter creates a missing branch. */
  readonly creates: boolean;
  /** Set when the sink writes through merge requests: full name below which their source branches are. */
  readonly sourcePrefix?: string;
}

const BRANCH_FIELD = "spec.git.branch";
const FRAGMENT_FIELD = "#branch= in spec.endpoint";
const TARGET_FIELD = "spec.gitlab.mergeRequest.targetBranch";
const PREFIX_FIELD = "spec.gitlab.mergeRequest.branchPrefix";
const DEFAULT_PREFIX = "kollect";

/** The target of a git sink. Throws `FailureError` `InvalidConfiguration`. */
export function gitTarget(
  { git }: KollectSnapshotSinkSpec,
  at: GitEndpoint,
  { engine, exporter }: { readonly engine: GitEngine; readonly exporter: ExporterSettings },
): GitTarget {
  const own = git?.branch?.trim();
  const named = own ? { branch: branchRef(own, BRANCH_FIELD), field: BRANCH_FIELD } : fragment(at);
  const isCli = engine === "cli";
  return {
    ...named,
    fatal: isCli ? [] : fatal(["EmptyRepository", "BranchMissing"], exporter),
    creates: isCli,
    conflicts: isCli ? pathPrefixes(named.branch) : [],
  };
}

/** The target of a gitlab sink, without reading `spec.git`. Throws `FailureError` `InvalidConfiguration`. */
export function gitlabTarget(
  { gitlab }: KollectSnapshotSinkSpec,
  at: GitEndpoint,
  exporter: ExporterSettings,
): GitTarget {
  const { mode, targetBranch, branchPrefix } = gitlab?.mergeRequest ?? {};
  const direct = fragment(at);
  if (mode !== "merge_request") {
    return {
      ...direct,
      fatal: fatal(["EmptyRepository", "BranchMissing"], exporter),
      creates: false,
      conflicts: [],
    };
  }
  const target = targetBranch?.trim();
  if (!target) {
    throw failed(
      "InvalidConfiguration",
      `${TARGET_FIELD} is not set, and mode merge_request needs it. Name the branch that merge requests target, such as main.`,
    );
  }
  const prefix = trimmed(branchPrefix?.trim() ?? "", /\//) || DEFAULT_PREFIX;
  const sourcePrefix = branchRef(prefix, PREFIX_FIELD);
  return {
    branch: branchRef(target, TARGET_FIELD),
    field: TARGET_FIELD,
    fatal: fatal(["EmptyRepository"], exporter),
    creates: false,
    conflicts: [...pathPrefixes(sourcePrefix), sourcePrefix],
    sourcePrefix,
  };
}

function fragment({ branch }: GitEndpoint): Pick<GitTarget, "branch" | "field"> {
  return branch
    ? { branch: branchRef(branch, FRAGMENT_FIELD), field: FRAGMENT_FIELD }
    : { branch: DEFAULT_BRANCH };
}

function fatal(ids: readonly LimitationId[], exporter: ExporterSettings): LimitationId[] {
  return ids.filter((id) => holds(id, exporter));
}
