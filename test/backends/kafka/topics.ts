import { describe, expect, it } from "vitest";
import {
  at,
  CLUSTER_CREATOR,
  CREATOR,
  READER,
  STRANGER,
  TOPIC,
  WATCHER,
  WRITER,
  type KafkaStage,
} from "../../../lab/backends/kafka";
import { expectFailure, expectPassed } from "../expect-report";
import { run } from "./stage";

export function topics(stage: KafkaStage): void {
  describe("kafka: topics and rights", () => {
    it("reports TargetNotFound for a missing topic that must exist", async () => {
      await expectFailure(
        run({ brokers: at(stage, "SASL"), topic: "new-one", provisioning: "existing", secret: CREATOR }),
        "TargetNotFound",
        /has no topic new-one/,
      );
    });

    it("accepts a missing topic that the sink may create, and does not create it", async () => {
      await expectPassed(run({ brokers: at(stage, "SASL"), topic: "new-one", secret: CREATOR }));
      expect(await stage.server.admin.listTopics()).not.toContain("new-one");
    });

    it("creates no topic where the broker would create it for whoever asks", async () => {
      await expectPassed(run({ brokers: at(stage, "PLAIN"), topic: "asked-for" }));
      await expectFailure(
        run({ brokers: at(stage, "PLAIN"), topic: "asked-for", provisioning: "existing" }),
        "TargetNotFound",
        /has no topic asked-for/,
      );
      expect(await stage.server.admin.listTopics()).not.toContain("asked-for");
    });

    it("does not hold against a user who may create topics that it may not ask about the cluster", async () => {
      const report = await expectPassed(
        run({ brokers: at(stage, "SASL"), topic: "fresh-one", secret: CLUSTER_CREATOR }),
      );
      const why = expect.stringContaining("does not say whether it may be created") as string;
      expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Skipped", why });
    });

    it.each([
      ["cannot see", WRITER, /does not let user kollect see topic kept-away/],
      ["may write to but not create", WATCHER, /does not let user watcher create topic kept-away/],
    ])("reports PermissionDenied for a missing topic that the user %s", async (_, secret, words) => {
      const missing = { brokers: at(stage, "SASL"), topic: "kept-away", secret };
      await expectFailure(run(missing), "PermissionDenied", words);
    });

    it("reports PermissionDenied for a user who may only read the topic", async () => {
      const report = await expectFailure(
        run({ brokers: at(stage, "SASL"), secret: READER }),
        "PermissionDenied",
        /does not let user reader write to topic inventory.*operation Write/,
      );
      expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Failed" });
    });

    it("reports PermissionDenied for a user who may not even see the topic", async () => {
      await expectFailure(
        run({ brokers: at(stage, "SASL"), secret: STRANGER }),
        "PermissionDenied",
        /does not let user stranger see topic inventory/,
      );
    });

    it("reports Unreachable for a topic whose partition has no leader", async () => {
      const second = await stage.server.startSecondBroker();
      try {
        const orphaned = { topic: "orphaned", replicaAssignment: [{ partition: 0, replicas: [2] }] };
        await stage.server.admin.createTopics({ topics: [orphaned], waitForLeaders: true });
        await expectPassed(run({ brokers: at(stage, "PLAIN"), topic: "orphaned" }));
      } finally {
        await second.stop();
      }
      const gone = { brokers: at(stage, "PLAIN"), topic: "orphaned" };
      await expect
        .poll(async () => (await run(gone)).failure?.message, { timeout: 20_000, interval: 200 })
        .toMatch(/Topic orphaned .* has partitions without a leader/);
    });

    it("leaves the topic as it was", async () => {
      await run({ brokers: at(stage, "SASL"), secret: WRITER });
      const offsets = await stage.server.admin.fetchTopicOffsets(TOPIC);
      expect(offsets.map(({ high }) => high)).toEqual(["0", "0", "0"]);
    });
  });
}
