import { afterAll, describe, expect, it } from "vitest";
import { contents, login, STREAM, type NatsCase } from "../../../lab/backends/nats";
import { streams, stopServers, start, run, expectFailure, results, urlOf } from "./stage";

export function streamsAndRights(): void {
  describe("nats: streams and rights", () => {
    afterAll(stopServers);
    const at = (options: NatsCase = {}): NatsCase => ({ url: urlOf(streams), ...options });

    it("finds the stream and that it keeps the subject", async () => {
      const report = await run(at({ stream: STREAM, secret: login("kollect") }));
      expect(report.failure).toBeUndefined();
      expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
    });

    it("says what a user may not ask, and reports no failure for it", async () => {
      const report = await run(at({ stream: STREAM, secret: login("narrow") }));
      expect(report.failure).toBeUndefined();
      expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
      expect(report.unproven?.map(({ need, kind }) => `${need} ${kind}`)).toEqual([
        "nats:StreamConfiguration NotAnswered",
        "nats:StreamSubjects NotAnswered",
        "nats:AccountLimits OnlyAWriteTells",
        "nats:PublishSubject NotAnswered",
        "nats:PublishStreamCreate NotAnswered",
      ]);
    });

    it("reports PermissionDenied for a user who may not publish to the subject", async () => {
      const report = await expectFailure(
        at({ stream: STREAM, secret: login("reader") }),
        "PermissionDenied",
        /does not let user reader publish to all subjects .*Add "inventory\.items" to the subjects that the user may publish to/,
      );
      expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Failed" });
    });

    it("reports PermissionDenied for a subject outside of what the user may publish to", async () => {
      await expectFailure(
        at({ subject: "stock.items", stream: STREAM, secret: login("kollect") }),
        "PermissionDenied",
        /Add "stock\.items" to the subjects that the user may publish to/,
      );
    });

    const MISSING = "NOT_THERE";

    /** A subject that no stream holds. */
    const FREE = { stream: MISSING, subject: "free.items" };

    it.each(["ensure", "existing"] as const)(
      "accepts a missing stream that the exporter may create, and creates nothing, in mode %s",
      async (provisioning) => {
        const before = await contents(streams);
        const report = await run(at({ ...FREE, provisioning, secret: login("admin") }));
        expect(report.failure).toBeUndefined();
        expect(await contents(streams)).toEqual(before);
      },
    );

    it("does not hold against a user who may create the stream that it may not ask for its rights", async () => {
      const report = await run(at({ stream: MISSING, secret: login("founder") }));
      expect(report.failure).toBeUndefined();
      expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
      expect(report.unproven?.map(({ need }) => need)).toContain("nats:PublishSubject");
    });

    it("reports PermissionDenied for a missing stream that the user may not create", async () => {
      await expectFailure(
        at({ ...FREE, secret: login("kollect") }),
        "PermissionDenied",
        /Add "free\.items", "\$JS\.API\.STREAM\.CREATE\.NOT_THERE" to the subjects that the user may publish to/,
      );
    });

    it("reports PermissionDenied for a missing stream when the account is full", async () => {
      await expectFailure(
        at({ ...FREE, secret: login("full") }),
        "PermissionDenied",
        /has reached the account's limit of streams/,
      );
    });

    it("says that a stream with another subject would be overwritten", async () => {
      const report = await run(at({ stream: "ORDERS", subject: "free.items", secret: login("admin") }));
      expect(report.failure).toBeUndefined();
      expect(report.limited).toEqual([{ id: "StreamOverwritten" }]);
    });

    it("reports InvalidConfiguration for a subject that another stream holds", async () => {
      await expectFailure(
        at({ stream: "ORDERS", secret: login("admin") }),
        "InvalidConfiguration",
        /Another stream .* has subject inventory\.items.*\(nats stream ls --subject 'inventory\.items'\)/,
      );
    });

    it("reports InvalidConfiguration for a stream that the exporter cannot update", async () => {
      await expectFailure(
        at({ stream: "SEALED", subject: "sealed.items", secret: login("admin") }),
        "InvalidConfiguration",
        /Stream SEALED .* is sealed, which the exporter's update cannot change/,
      );
    });

    it("reports TargetNotFound for a stream where the account has no JetStream", async () => {
      await expectFailure(
        at({ stream: STREAM, secret: login("plain") }),
        "TargetNotFound",
        /JetStream is not enabled for this account/,
      );
    });

    it("reports TargetNotFound for a stream where the server has no JetStream", async () => {
      const core = await start({ jetstream: false });
      await expectFailure({ url: urlOf(core), stream: STREAM }, "TargetNotFound", /JetStream is not enabled/);
    });

    it("needs JetStream also when no stream is named", async () => {
      await expectFailure(at({ secret: login("plain") }), "TargetNotFound", /JetStream is not enabled/);
    });

    it("publishes nothing", async () => {
      await run(at({ stream: STREAM, secret: login("admin") }));
      expect((await contents(streams)).messages).toBe(0);
    });
  });
}
