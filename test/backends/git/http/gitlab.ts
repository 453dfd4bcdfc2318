import { describe, expect, it } from "vitest";
import type { GitCaseOptions } from "../../../../lab/backends/git";
import { expectFailure, expectPassed, results } from "../../expect-report";
import { BRANCH, probe, urlOf, type Stage } from "./stage";

export function gitlab(stage: Stage): void {
  describe("a gitlab sink", () => {
    const gitlab = (mergeRequest: object): GitCaseOptions => ({
      type: "gitlab",
      gitlab: { mergeRequest },
      ...BRANCH,
    });

    it.each([
      ["the target branch exists", { mode: "merge_request", targetBranch: "release/1" }],
      ["merge requests aim at its own branch", { mode: "merge_request" }],
      ["it pushes directly, whatever the target branch", { mode: "direct", targetBranch: "gone" }],
    ])("passes when %s", async (_, mergeRequest) => {
      await expectPassed(probe(urlOf(stage.server), gitlab(mergeRequest)));
    });

    it.each([
      ["/inventory.git", { mode: "merge_request", targetBranch: "gone" }, "gone"],
      ["/inventory.git", { targetBranch: "gone" }, "gone"],
      ["/empty.git", { mode: "merge_request" }, "main"],
    ])("of %s reports TargetNotFound for the target of %o", async (path, mergeRequest, branch) => {
      const report = await expectFailure(
        probe(urlOf(stage.server, path), gitlab(mergeRequest)),
        "TargetNotFound",
        `no branch ${branch} for merge requests`,
      );
      expect(report.failure?.message).toContain("GitLab at");
      expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
    });
  });
}
