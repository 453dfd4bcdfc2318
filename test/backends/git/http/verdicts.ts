import { describe, expect, it } from "vitest";
import { READER_TOKEN, type GitCaseOptions } from "../../../../lab/backends/git";
import { ALL_PASSED, expectFailure, expectPassed, results } from "../../expect-report";
import { BRANCH, CLI, probe, urlOf, type Stage } from "./stage";

export function verdicts(stage: Stage): void {
  describe("a git sink over HTTP", () => {
    it("passes every phase over one connection, and changes nothing", async () => {
      const before = await stage.repositories.refs("inventory");
      const own = await stage.serverWith({});
      const report = await expectPassed(probe(urlOf(own), BRANCH));
      expect(results(report)).toEqual({ ...ALL_PASSED, TLS: "Skipped: the endpoint is http" });
      expect(report.serverVersion).toMatch(/^\d+\.\d+/);
      expect(own.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
        "GET /inventory.git/info/refs?service=git-upload-pack",
        "POST /inventory.git/git-upload-pack",
        "GET /inventory.git/info/refs?service=git-receive-pack",
      ]);
      expect(new Set(own.requests.map(({ connection }) => connection)).size).toBe(1);
      expect(await stage.repositories.refs("inventory")).toBe(before);
    });

    it("shows that credentials travelled in plain text", async () => {
      expect((await probe(urlOf(stage.server))).insecure).toBe("PlainText");
    });

    it("dials again when the server keeps no connection", async () => {
      const own = await stage.serverWith({
        instead: (_, response) => {
          response.setHeader("Connection", "close");
          return false;
        },
      });
      await expectPassed(probe(urlOf(own), BRANCH));
      expect(own.requests.at(-1)?.connection).toBe(3);
    });

    it("asks again when the server drops a kept connection just then", async () => {
      const own = await stage.serverWith({
        instead: ({ socket, url = "" }) => {
          const isFirst =
            /receive-pack/.test(url) && !own.requests.slice(0, -1).some((seen) => seen.url === url);
          if (isFirst) socket.resetAndDestroy();
          return isFirst;
        },
      });
      await expectPassed(probe(urlOf(own), BRANCH));
      expect(own.requests.map(({ connection }) => connection)).toEqual([1, 1, 1, 2]);
    });

    it("reads the answers of servers that know no version 2 of the protocol", async () => {
      const old = await stage.serverWith({ protocolVersion2: false });
      await expectPassed(probe(urlOf(old), BRANCH));
      for (const empty of ["/empty.git", "/empty256.git"]) {
        await expectPassed(probe(urlOf(old, empty), CLI));
        await expectFailure(probe(urlOf(old, empty), BRANCH), "TargetNotFound", "is empty");
      }
      await expectFailure(probe(urlOf(old), { git: { branch: "gone" } }), "TargetNotFound");
    });

    it("accepts a repository with SHA-256", async () => {
      await expectPassed(probe(urlOf(stage.server, "/sha256.git"), BRANCH));
    });

    it("sends the second slash that go-git puts behind a slash at the end, which this server does not take", async () => {
      const running = probe(urlOf(stage.server, "/inventory.git/"), BRANCH);
      await expectFailure(
        running,
        "ProtocolError",
        "go-git appends a '/' to spec.endpoint: remove the one at its end.",
      );
    });

    it.each(["/empty.git", "/empty256.git", "/unborn.git", "/inventory.git/"])(
      "accepts %s with the engine cli",
      async (path) => {
        await expectPassed(probe(urlOf(stage.server, path), CLI));
      },
    );

    it("shows that go-git may not read a repository with SHA-256", async () => {
      const needs = async (git: GitCaseOptions["git"]): Promise<string[]> => {
        const { unproven = [] } = await probe(urlOf(stage.server, "/sha256.git"), { git });
        return unproven.map(({ need }) => need);
      };
      expect(await needs({ branch: "main" })).toEqual(["git:ObjectFormat", "git:PushRules"]);
      expect(await needs(CLI.git)).toEqual(["git:PushRules"]);
    });

    it("names the limitation of the exporter that a state of the repository meets", async () => {
      const missing = await probe(urlOf(stage.server), { git: { branch: "gone" } });
      expect(missing.limited).toEqual([{ id: "BranchMissing" }]);
      const empty = await probe(urlOf(stage.server, "/empty.git"));
      expect(empty.limited).toEqual([{ id: "EmptyRepository" }]);
      expect(empty.failure?.message).toContain("empty.git at Git server at");
    });

    it.each([
      ["a branch that is missing", "/inventory.git", { git: { branch: "gone" } }, "gone"],
      ["a prefix of a branch", "/inventory.git", { git: { branch: "release" } }, "release"],
      ["a branch of the endpoint", "/inventory.git#branch=gone", {}, "gone"],
      ["a branch that HEAD only announces", "/unborn.git", BRANCH, "main"],
      ["the default, whatever HEAD announces", "/unborn.git", {}, "main, to which exports go unless"],
    ])("reports TargetNotFound for %s", async (_, path, options: GitCaseOptions, branch) => {
      const report = await expectFailure(
        probe(urlOf(stage.server, path), options),
        "TargetNotFound",
        `has no branch ${branch}`,
      );
      expect(results(report)).toMatchObject({ Authenticate: "Passed", Verify: "Failed" });
    });

    it("prefers spec.git.branch to the branch of the endpoint", async () => {
      await expectPassed(probe(urlOf(stage.server, "/inventory.git#branch=gone"), BRANCH));
    });

    it("reports TargetNotFound for a repository that is missing", async () => {
      await expectFailure(
        probe(urlOf(stage.server, "/gone.git"), BRANCH),
        "TargetNotFound",
        "has no repository gone.git, or the credentials may not see it",
      );
    });

    it("reports PermissionDenied when the credentials may read but not push", async () => {
      const report = await expectFailure(
        probe(urlOf(stage.server), {
          secret: { username: "reader", token: READER_TOKEN },
          ...BRANCH,
        }),
        "PermissionDenied",
        "push",
      );
      expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
    });
  });
}
