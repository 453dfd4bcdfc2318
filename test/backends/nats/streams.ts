import { describe, expect, it } from "vitest";
import { contents, login, STREAM, SUBJECT, type NatsCase } from "../../../lab/backends/nats";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run, urlOf, useServers, type Stage } from "./stage";

export function streams(stage: Stage): void {
  describe("nats: streams and rights", () => {
    const start = useServers();

    const at = (options: NatsCase = {}): NatsCase => ({ url: urlOf(stage.streams), ...options });

    it("finds the stream and that it keeps the subject", async () => {
      const report = await expectPassed(run(at({ stream: STREAM, secret: login("kollect") })));
      expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
    });

    it("skips what a user may not ask, and reports no failure for it", async () => {
      const report = await expectPassed(run(at({ stream: STREAM, secret: login("narrow") })));
      const skipped = "Skipped: not permitted to ask";
      expect(results(report)).toMatchObject({ Verify: skipped, Authorize: skipped });
    });

    it("reports PermissionDenied for a user who may not publish to the subject", async () => {
      const report = await expectFailure(
        run(at({ stream: STREAM, secret: login("reader") })),
        "PermissionDenied",
        /does not let user reader publish to inventory\.items/,
      );
      expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Failed" });
    });

    it("reports PermissionDenied for a subject outside of what the user may publish to", async () => {
      await expectFailure(
        run(at({ subject: "orders.items", secret: login("kollect") })),
        "PermissionDenied",
        /user kollect publish to orders\.items/,
      );
    });

    const MISSING = "NOT_THERE";

    it("reports TargetNotFound for a missing stream that must exist", async () => {
      await expectFailure(
        run(at({ stream: MISSING, provisioning: "existing", secret: login("creator") })),
        "TargetNotFound",
        /has no stream NOT_THERE/,
      );
    });

    it("accepts a missing stream that the sink may create, and does not create it", async () => {
      const before = await contents(stage.streams);
      await expectPassed(run(at({ stream: MISSING, secret: login("creator") })));
      expect(await contents(stage.streams)).toEqual(before);
    });

    it("does not hold against a user who may create the stream that it may not ask for its rights", async () => {
      const report = await expectPassed(run(at({ stream: MISSING, secret: login("founder") })));
      expect(results(report).Verify).toBe("Passed");
      const why = expect.stringContaining("does not say whether it may be created") as string;
      expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Skipped", why });
    });

    it("reports PermissionDenied for a missing stream that the user may not create", async () => {
      await expectFailure(
        run(at({ stream: MISSING, secret: login("kollect") })),
        "PermissionDenied",
        /create stream NOT_THERE, which does not exist yet/,
      );
    });

    it("reports PermissionDenied for a missing stream when the account is full", async () => {
      await expectFailure(
        run(at({ stream: MISSING, secret: login("full") })),
        "PermissionDenied",
        /may hold no more than 1/,
      );
    });

    it("reports TargetNotFound for a stream that does not keep the subject", async () => {
      await expectFailure(
        run(at({ stream: "ORDERS", secret: login("kollect") })),
        "TargetNotFound",
        /Stream ORDERS .* does not keep subject inventory\.items/,
      );
    });

    it.each([
      ["SEALED", "sealed.items", /is sealed/],
      ["COPY", SUBJECT, /is a mirror/],
    ])("reports PermissionDenied for stream %s, which takes no messages", async (stream, subject, words) => {
      await expectFailure(run(at({ stream, subject, secret: login("admin") })), "PermissionDenied", words);
    });

    it("reports TargetNotFound for a stream where the account has no JetStream", async () => {
      await expectFailure(
        run(at({ stream: STREAM, secret: login("plain") })),
        "TargetNotFound",
        /JetStream is not turned on for this account/,
      );
    });

    it("reports TargetNotFound for a stream where the server has no JetStream", async () => {
      const core = await start({});
      await expectFailure(
        run({ url: urlOf(core), stream: STREAM }),
        "TargetNotFound",
        /JetStream is not turned on/,
      );
    });

    it("needs no JetStream when no stream is named", async () => {
      await expectPassed(run(at({ secret: login("plain") })));
    });

    it("publishes nothing", async () => {
      await run(at({ stream: STREAM, secret: login("admin") }));
      expect((await contents(stage.streams)).messages).toBe(0);
    });
  });
}
