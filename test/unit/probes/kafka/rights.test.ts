import { describe, expect, it } from "vitest";
import { checkNeeds } from "../../../../capabilities/probes/kafka/authorize";
import type { Channel } from "../../../../capabilities/probes/kafka/channel";
import { kafkaProbe } from "../../../../capabilities/probes/kafka/probe";
import type { Metadata } from "../../../../capabilities/probes/kafka/metadata";
import { Reader } from "../../../../capabilities/probes/kafka/reader";
import type { Session } from "../../../../capabilities/probes/kafka/session";
import { createRecorder } from "../../../../capabilities/probes/recorder";
import { kafkaCase } from "../../../../lab/backends/kafka";
import { planOf } from "../../../../lab/backends/run-case";

const brokers = [{ host: "kafka-0.shop", port: 9093 }];
const where = {
  endpoint: "kafka-0.shop:9093",
  host: "kafka-0.shop",
  plan: planOf(kafkaProbe, kafkaCase({ brokers })),
};

const DESCRIBE = 1 << 8;
const CONFIGS = 1 << 10;
const WRITE = DESCRIBE | (1 << 4);
const UNTOLD = undefined;

/** A DescribeConfigs answer of version 1 (protocol guide of Apache Kafka) with these values. */
function configAnswer(value: string | null, leastInSync = "1"): Reader {
  const text = (of: string | null): Buffer => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(of === null ? -1 : Buffer.byteLength(of));
    return Buffer.concat([length, Buffer.from(of ?? "")]);
  };
  const number = (of: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(of);
    return bytes;
  };
  const setting = (name: string, its: string | null): Buffer[] => [
    ...[text(name), text(its), Buffer.from([0, 5, 0]), number(0)],
  ];
  const settings = [...setting("max.message.bytes", value), ...setting("min.insync.replicas", leastInSync)];
  const head = [number(0), number(1), Buffer.from([0, 0]), text(null), Buffer.from([2]), text("inventory")];
  return new Reader(Buffer.concat([...head, number(2), ...settings]));
}

interface Told {
  readonly verdict: string;
  readonly unproven: readonly string[];
  readonly asked: number;
}

async function ask(
  topicOperations: number | undefined,
  bytes: string | null,
  { partitions = [], leastInSync }: { partitions?: Metadata["partitions"]; leastInSync?: string } = {},
): Promise<Told> {
  const recorder = createRecorder(() => 0);
  let asked = 0;
  const channel: Channel = {
    ask: (_request, decode) => {
      asked += 1;
      return Promise.resolve(decode(configAnswer(bytes, leastInSync)));
    },
    close: () => undefined,
  };
  const session: Session = { channel, where, broker: { host: "b", port: 1 }, versions: new Map([[32, 4]]) };
  const metadata = {
    brokers: [],
    controller: 1,
    topicCode: 0,
    isInternal: false,
    partitions,
    clusterOperations: undefined,
  };
  const verdict = await checkNeeds({ ...metadata, topicOperations }, session, recorder).then(
    () => "passes",
    (error: Error) => (error.name === "NotPermittedToAsk" ? "is skipped" : error.message),
  );
  return { verdict, unproven: recorder.report("e").unproven?.map(({ need }) => need) ?? [], asked };
}

describe("what Kafka says about the needs of the exporter", () => {
  it.each([
    ["may write, and the messages fit", WRITE | CONFIGS, "1048588", "passes", [], 1],
    ["may write, and may not ask for the configuration", WRITE, "1", "passes", ["kafka:MaxMessageBytes"], 0],
    ["may write, and no value comes", WRITE | CONFIGS, null, "passes", ["kafka:MaxMessageBytes"], 1],
    [
      "before Kafka 2.3, where only the configuration is told",
      UNTOLD,
      "1048576",
      "passes",
      ["kafka:Write"],
      1,
    ],
    ["neither is told", UNTOLD, null, "is skipped", ["kafka:Write", "kafka:MaxMessageBytes"], 1],
  ] as const)("%s", async (_what, operations, bytes, verdict, unproven, asked) => {
    expect(await ask(operations, bytes)).toEqual({ verdict, unproven, asked });
  });
  it("refuses a user who may only describe, with the command that grants Write and nothing more", async () => {
    const { verdict } = await ask(DESCRIBE | CONFIGS, "1048588");
    expect(verdict).toBe(
      "Kafka at kafka-0.shop:9093 does not let the client write to topic inventory. Run: kafka-acls.sh " +
        "--bootstrap-server kafka-0.shop:9093 --add --allow-principal User:ANONYMOUS --operation Write --topic inventory",
    );
  });
  it("refuses a topic whose messages are too short, with the command that raises the limit", async () => {
    const { verdict } = await ask(WRITE | CONFIGS, "1048575");
    expect(verdict).toContain("accepts messages of 1048575 bytes");
    expect(verdict).toContain("--entity-name inventory --add-config max.message.bytes=1048588");
  });
  it.each([
    ["as many replicas in sync as the topic asks for", { replicas: 3, inSync: 2 }, "passes"],
    ["fewer replicas than that, of which all are in sync", { replicas: 1, inSync: 1 }, "passes"],
    [
      "a replica too few in sync",
      { replicas: 3, inSync: 1 },
      "fewer replicas in sync than its min.insync.replicas of 2",
    ],
  ] as const)("of a partition with %s", async (_what, held, says) => {
    const partitions = [{ code: 0, leader: 1, ...held }];
    const { verdict } = await ask(WRITE | CONFIGS, "1048588", { partitions, leastInSync: "2" });
    expect(verdict).toContain(says);
  });
});
