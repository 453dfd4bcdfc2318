import { describe, expect, it, onTestFinished } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { HTTP_STATUSES } from "../../../../capabilities/probes/git/errors";
import { proxy } from "../../../../lab/faults";
import { expectFailure, expectPassed, results } from "../../expect-report";
import { answer, BRANCH, probe, urlOf, type Stage } from "./stage";

export function faults(stage: Stage): void {
  describe("a git server that misbehaves", () => {
    const rows = Object.entries(HTTP_STATUSES).map(([status, { cause }]) => [
      Number(status) < 100 ? { 2: 204, 3: 304, 4: 418, 5: 500 }[status] : Number(status),
      cause,
    ]) as [number, Cause][];
    it.each(rows)("is reported for HTTP %d as %s", async (status, cause) => {
      const own = await stage.serverWith({ instead: answer(status) });
      await expectFailure(probe(urlOf(own)), cause);
    });

    it.each(rows.filter(([status]) => status !== 403))(
      "is reported for HTTP %d to a push as %s",
      async (status, cause) => {
        const own = await stage.serverWith({
          instead: (request, response) =>
            /receive-pack/.test(request.url ?? "") && answer(status)(request, response),
        });
        const report = await expectFailure(probe(urlOf(own), BRANCH), cause);
        expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
      },
    );

    it("says that credentials which are refused for a push alone may lack the right to write", async () => {
      const own = await stage.serverWith({
        instead: (request, response) =>
          /receive-pack/.test(request.url ?? "") && answer(401)(request, response),
      });
      const { failure } = await probe(urlOf(own), BRANCH);
      expect(failure?.message).toMatch(
        /for a push to inventory.git, but not for reading. Grant write access, or: Check the key/,
      );
    });

    const ADVERTISEMENT = { "Content-Type": "application/x-git-upload-pack-advertisement" };
    it.each([
      ["a web page", { "Content-Type": "text/html" }, "<html>sign in</html>", "ProtocolError"],
      [
        "the files of a dumb server",
        { "Content-Type": "text/plain" },
        `${"a".repeat(40)}\trefs/heads/main\n`,
        "ProtocolError",
      ],
      ["no packet lines", ADVERTISEMENT, "<html>", "ProtocolError"],
      ["half a packet line", ADVERTISEMENT, "001e# service=git-upl", "ProtocolError"],
      [
        "no end of its references",
        ADVERTISEMENT,
        `001e# service=git-upload-pack\n0000003d${"a".repeat(40)} refs/heads/mai`,
        "ProtocolError",
      ],
      ["nothing", ADVERTISEMENT, "", "ProtocolError"],
      [
        "an error line",
        ADVERTISEMENT,
        "001e# service=git-upload-pack\n00000015ERR access denied",
        "TargetNotFound",
      ],
    ] as const)("is reported for %s", async (_, headers, body, cause) => {
      const own = await stage.serverWith({ instead: answer(200, headers, body) });
      await expectFailure(probe(urlOf(own), BRANCH), cause);
    });

    it("cannot put a secret into a message by sending it back", async () => {
      const own = await stage.serverWith({
        instead: (request, response) => {
          const { authorization = "" } = request.headers;
          const secret = Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
          response
            .writeHead(418, secret.replace(/[^\w ]/g, ""), { "X-Secret": authorization })
            .end(secret + authorization);
          return true;
        },
      });
      expect((await probe(urlOf(own))).failure?.message).toContain("HTTP 418");
    });

    it("is waited for when it is slow", async () => {
      const slow = await proxy(stage.server, { latencyMs: 50 });
      onTestFinished(() => slow.close());
      await expectPassed(probe(urlOf(slow), BRANCH));
    });

    it.each([
      ["stalls", { stallAfterBytes: 400 }, 1000, "TimedOut"],
      ["is cut off", { cutAfterBytes: 400 }, 20_000, "Unreachable"],
    ] as const)(
      "ends the probe when it %s in the middle of an answer",
      async (_, options, timeoutMs, cause) => {
        const faulty = await proxy(stage.server, options);
        onTestFinished(() => faulty.close());
        await expectFailure(probe(urlOf(faulty), BRANCH, { timeoutMs }), cause);
      },
    );
  });
}
