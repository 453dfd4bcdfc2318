import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { openChannel } from "../../../capabilities/probes/kafka/channel";
import { askMetadata, type Metadata } from "../../../capabilities/probes/kafka/metadata";
import { kafkaProbe } from "../../../capabilities/probes/kafka/probe";
import { apiVersionsRequest, readApiVersions } from "../../../capabilities/probes/kafka/requests";
import { at, kafkaCase, type KafkaStage } from "../../../lab/backends/kafka";
import { planOf } from "../../../lab/backends/run-case";

/** What a broker answers to a client that knows no newer version of the question. */
async function metadataOfVersion(stage: KafkaStage, newest: number): Promise<Metadata> {
  const port = stage.server.port("PLAIN");
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  const plan = planOf(kafkaProbe, kafkaCase({ brokers: at(stage, "PLAIN") }));
  const where = { endpoint: `127.0.0.1:${port}`, host: "127.0.0.1", plan };
  const channel = openChannel(socket, where, new AbortController().signal);
  try {
    const { versions } = await channel.ask(apiVersionsRequest(), readApiVersions);
    return await askMetadata(channel, versions, where, newest);
  } finally {
    channel.close();
  }
}

export function olderBrokers(stage: KafkaStage): void {
  describe("kafka: older brokers", () => {
    for (const newest of [4, 5, 6, 7, 8]) {
      it(`reads metadata of version ${newest}`, async () => {
        const port = stage.server.port("PLAIN");
        const metadata = await metadataOfVersion(stage, newest);
        expect(metadata).toMatchObject({ topicCode: 0, controller: 1 });
        expect(metadata.partitions.map(({ leader }) => leader)).toEqual([1, 1, 1]);
        expect(metadata.brokers).toEqual([{ id: 1, host: "localhost", port }]);
        expect(metadata.topicOperations !== undefined).toBe(newest === 8);
      });
    }

    it("asks no broker that would create the topic", async () => {
      await expect(metadataOfVersion(stage, 3)).rejects.toThrow(/older than 0\.11/);
    });
  });
}
