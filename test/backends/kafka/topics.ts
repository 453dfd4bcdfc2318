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

    it("reports TargetNotFound also where the user may create the topic, and does not create it", async () => {
      await expectFailure(
        run({ brokers: at(stage, "SASL"), topic: "new-one", secret: CREATOR }),
        "TargetNotFound",
        /has no topic new-one, and the exporter does not create it\. .*kafka-topics\.sh .*--create --topic new-one/,
      );
      expect(await stage.server.admin.listTopics()).not.toContain("new-one");
    });

    it("creates no topic where the broker creates topics on demand", async () => {
      await expectFailure(run({ brokers: at(stage, "PLAIN"), topic: "asked-for" }), "TargetNotFound");
      await expectFailure(
        run({ brokers: at(stage, "PLAIN"), topic: "asked-for", provisioning: "existing" }),
        "TargetNotFound",
        /has no topic asked-for/,
      );
      expect(await stage.server.admin.listTopics()).not.toContain("asked-for");
    });

    it.each([
      ["by a right on the cluster", "fresh-one", CLUSTER_CREATOR],
      ["and may write to it", "kept-away", WATCHER],
    ])("reports TargetNotFound where the user sees that it is missing, %s", async (_, topic, secret) => {
      await expectFailure(run({ brokers: at(stage, "SASL"), topic, secret }), "TargetNotFound");
    });

    it("reports PermissionDenied, with both possibilities, for a missing topic that the user cannot see", async () => {
      await expectFailure(
        run({ brokers: at(stage, "SASL"), topic: "kept-away", secret: WRITER }),
        "PermissionDenied",
        /does not show topic kept-away to user kollect: it does not exist, or user kollect may not write to it/,
      );
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
        /does not show topic inventory to user stranger: .*--allow-principal User:stranger --operation Write/,
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
