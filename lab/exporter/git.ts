import type { KollectSnapshotSink } from "../../capabilities/api/types";
import type { Exporter } from "../truth/row";
import { construct, validRef } from "./git/construction";
import { outcomeOf, StepFailed } from "./git/step";
import { transportOf } from "./git/transport";
import { inFolder, workTree } from "./git/work-tree";

/**
 * What Kollect 0.18 does with a git sink (facts, 2.0 and 2.6): reads the Secrets of `git.auth.secretRef` and
 * `spec.secretRef`, clones one branch with depth 1, commits a file and pushes, twice. The git program stands in for the
 * library go-git; what the two do differently is said where it is done.
 */
export const exportToGit: Exporter = (truthCase, { items, signal }) =>
  outcomeOf(() =>
    inFolder(async (folder) => {
      const { git = {} } = (truthCase.sink as KollectSnapshotSink).spec;
      const made = construct(truthCase, git.auth?.secretRef);
      const branch = validRef(git.branch?.trim() || made.branch);
      const engine = git.engine === "cli" ? "cli" : "go-git";
      checkAuthType(git.auth?.type, made.url.protocol === "ssh:");
      const forceBasicAuth = git.forceBasicAuth === true;
      const transport = await transportOf(made, { engine, forceBasicAuth, folder });
      const force = git.pushPolicy === "ForcePush";
      const tree = workTree(transport, { engine, from: branch, to: branch, force }, { folder, signal });
      for (const round of [1, 2]) await tree.export(round, items);
    }),
  );

function checkAuthType(type: string | undefined, isSsh: boolean): void {
  if ((type === "ssh") === isSsh) return;
  throw new StepFailed(
    "authentication",
    isSsh
      ? "git auth type token requires an https:// endpoint"
      : "git auth type ssh requires an ssh:// endpoint",
  );
}
