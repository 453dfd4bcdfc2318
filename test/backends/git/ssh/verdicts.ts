import { describe, expect, it, onTestFinished } from "vitest";
import { proxy } from "../../../../lab/faults";
import { ALL_PASSED, expectFailure, expectPassed, results } from "../../expect-report";
import { BRANCH, probe, type Stage } from "./stage";

export function verdicts(stage: Stage): void {
  describe("a git sink over SSH", () => {
    it("passes every phase and changes nothing", async () => {
      const before = await stage.repositories.refs("inventory");
      const report = await expectPassed(probe(stage, BRANCH));
      expect(results(report)).toEqual({
        ...ALL_PASSED,
        TLS: "Skipped: SSH encrypts and verifies its host key by itself",
      });
      expect(report.serverVersion).toMatch(/^\d+\.\d+/);
      expect(report.insecure).toBeUndefined();
      expect(await stage.repositories.refs("inventory")).toBe(before);
    });

    it("reads the answers of servers that accept no version 2 of the protocol", async () => {
      const at = await stage.serverWith({ acceptEnv: false });
      await expectPassed(probe(stage, { at, ...BRANCH }));
      await expectFailure(probe(stage, { at, path: "/empty.git", ...BRANCH }), "TargetNotFound", "is empty");
      await expectFailure(probe(stage, { at, git: { branch: "gone" } }), "TargetNotFound");
    });

    it.each(["/sha256.git", "/it's%20me!.git"])("accepts %s", async (path) => {
      await expectPassed(probe(stage, { path, ...BRANCH }));
    });

    it.each([
      ["a branch that is missing", { git: { branch: "gone" } }, "no branch gone"],
      ["a branch of the endpoint", { path: "/inventory.git#branch=gone" }, "no branch gone"],
      ["a branch that HEAD only announces", { path: "/unborn.git", ...BRANCH }, "no branch main"],
      ["a repository that is missing", { path: "/gone.git" }, "has no repository gone.git"],
    ])("reports TargetNotFound for %s", async (_, options, words) => {
      const report = await expectFailure(probe(stage, options), "TargetNotFound", words);
      expect(results(report)).toMatchObject({ Authenticate: "Passed", Verify: "Failed" });
    });

    it("reports PermissionDenied when the key may read but not push", async () => {
      // Well within what an exit status that was missed would be waited for.
      const report = await expectFailure(
        probe(stage, { user: "reader", ...BRANCH, run: { timeoutMs: 4000 } }),
        "PermissionDenied",
        "does not let the key of user reader push to inventory.git",
      );
      expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
    });

    it.each([
      ["locked", "PermissionDenied", "run git-upload-pack"],
      ["closed", "PermissionDenied", "run git-upload-pack"],
      ["greeting", "ProtocolError", "login script"],
      ["quiet", "ProtocolError", "did not complete its answer"],
    ] as const)("reports the account %s as %s", async (user, cause, words) => {
      await expectFailure(probe(stage, { user }), cause, words);
    });

    it("reports TimedOut in Verify for a command that never answers", async () => {
      await expectFailure(
        probe(stage, { user: "silent", run: { timeoutMs: 3000 } }),
        "TimedOut",
        "during Verify",
      );
    });

    // The last answer is complete after some 2,200 bytes, padding being random; these points lie before it, in the
    // greeting, key exchange, login and commands.
    const POINTS = [10, 200, 700, 1300, 1600, 1800, 2100];
    it.each(POINTS)(
      "reports Unreachable when the connection is cut after %d bytes",
      async (cutAfterBytes) => {
        const faulty = await proxy(stage.server, { cutAfterBytes });
        onTestFinished(() => faulty.close());
        await expectFailure(probe(stage, { at: faulty, ...BRANCH, run: { timeoutMs: 5000 } }), "Unreachable");
      },
    );

    it.each(POINTS)("reports TimedOut when the connection stalls after %d bytes", async (stallAfterBytes) => {
      const faulty = await proxy(stage.server, { stallAfterBytes });
      onTestFinished(() => faulty.close());
      await expectFailure(probe(stage, { at: faulty, ...BRANCH, run: { timeoutMs: 300 } }), "TimedOut");
    });

    it("is waited for when the server is slow", async () => {
      const slow = await proxy(stage.server, { latencyMs: 30 });
      onTestFinished(() => slow.close());
      await expectPassed(probe(stage, { at: slow, ...BRANCH }));
    });

    it("reports ProtocolError for a server with outdated algorithms alone", async () => {
      const at = await stage.serverWith({ keyExchanges: ["diffie-hellman-group1-sha1"] });
      await expectFailure(probe(stage, { at }), "ProtocolError", "shares no SSH algorithm");
    });
  });
}
