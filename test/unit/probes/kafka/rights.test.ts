import { describe, expect, it } from "vitest";
import { checkRights } from "../../../../capabilities/probes/kafka/authorize";
import { UNKNOWN_TOPIC, type Metadata } from "../../../../capabilities/probes/kafka/metadata";
import { kafkaProbe } from "../../../../capabilities/probes/kafka/probe";
import { kafkaCase } from "../../../../lab/backends/kafka";
import { planOf } from "../../../../lab/backends/run-case";

const brokers = [{ host: "kafka-0.shop", port: 9093 }];
const where = {
  endpoint: "kafka-0.shop:9093",
  host: "kafka-0.shop",
  plan: planOf(kafkaProbe, kafkaCase({ brokers })),
};

const THERE = 0;
const DESCRIBE = 1 << 8;
const WRITE = DESCRIBE | (1 << 4);
const CREATE = 1 << 5;
const UNTOLD = undefined;

const PASSES = "passes";
const SKIPPED = "is skipped";

type Row = readonly [
  topic: number,
  operations: number | undefined,
  cluster: number | undefined,
  verdict: string,
];

function verdict(topicCode: number, topicOperations?: number, clusterOperations?: number): string {
  const metadata = { brokers: [], controller: 1, topicCode, partitions: [] };
  try {
    checkRights({ ...metadata, topicOperations, clusterOperations } satisfies Metadata, where);
    return PASSES;
  } catch (error) {
    const { name, message } = error as Error;
    return name === "NotPermittedToAsk" ? SKIPPED : (/let the client (\w+)/.exec(message)?.[1] ?? message);
  }
}

describe("what Kafka says about rights", () => {
  it.each<Row>([
    [THERE, WRITE, UNTOLD, PASSES],
    [THERE, DESCRIBE, UNTOLD, "write"],
    // The right to create does not replace the one to write.
    [THERE, DESCRIBE | CREATE, CREATE, "write"],
    // Before Kafka 2.3 brokers do not tell.
    [THERE, UNTOLD, UNTOLD, SKIPPED],
    [UNKNOWN_TOPIC, UNTOLD, UNTOLD, SKIPPED],
    [UNKNOWN_TOPIC, WRITE | CREATE, UNTOLD, PASSES],
    [UNKNOWN_TOPIC, WRITE, CREATE, PASSES],
    [UNKNOWN_TOPIC, WRITE, DESCRIBE, "create"],
    [UNKNOWN_TOPIC, WRITE, UNTOLD, SKIPPED],
    [UNKNOWN_TOPIC, DESCRIBE | CREATE, CREATE, "write"],
  ])("topic error %j, operations %j, on the cluster %j: %s", (code, operations, cluster, expected) => {
    expect(verdict(code, operations, cluster)).toBe(expected);
  });
});
