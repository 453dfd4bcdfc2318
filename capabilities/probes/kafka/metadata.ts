import Encoder from "kafkajs/src/protocol/encoder.js";
import { failed } from "../../domain/failure";
import type { Channel } from "./channel";
import type { KafkaWhere } from "./errors";
import type { Reader } from "./reader";
import { API_KEYS, type ApiVersions } from "./requests";

/** First version in which a request can prevent the creation of the topic (Kafka 0.11). */
const FIRST_WITHOUT_CREATION = 4;
const FIRST_WITH_OFFLINE_REPLICAS = 5;
const FIRST_WITH_LEADER_EPOCH = 7;
/** Version with authorized operations (Kafka 2.3), and the last without flexible encoding. */
const NEWEST = 8;
/** Above the metadata of a topic with 10,000 partitions; parsed into objects, it takes many times its bytes. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** The answer is about one topic. */
const MAX_TOPICS = 1;

export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface Partition {
  readonly code: number;
  /** Id of a broker; -1 when there is none. */
  readonly leader: number;
  /** Number of brokers that have a replica, and number of those in sync. */
  readonly replicas: number;
  readonly inSync: number;
}

export interface Metadata {
  readonly brokers: readonly Broker[];
  /** -1 when there is none. */
  readonly controller: number;
  readonly topicCode: number;
  /** Whether it is one of Kafka's internal topics. */
  readonly isInternal: boolean;
  readonly partitions: readonly Partition[];
  /** Bits by operation code; undefined when the broker does not report them. */
  readonly topicOperations: number | undefined;
  readonly clusterOperations: number | undefined;
}

/**
 * Requests the metadata of one topic without creating it.
 * @param newest for brokers and tests with an older version than {@link NEWEST}
 */
export async function askMetadata(
  channel: Channel,
  versions: ApiVersions,
  where: KafkaWhere,
  newest: number = NEWEST,
): Promise<Metadata> {
  const highest = versions.get(API_KEYS.metadata);
  if (highest === undefined) {
    throw failed(
      "ProtocolError",
      `${where.endpoint} answers as a KRaft controller, not as a broker. Use the port of a broker's listener.`,
    );
  }
  const version = Math.min(newest, highest);
  if (version < FIRST_WITHOUT_CREATION) {
    throw failed(
      "ProtocolError",
      `Kafka at ${where.endpoint} is older than 0.11 and would create the topic on request. Upgrade the broker.`,
    );
  }
  const request = {
    apiKey: API_KEYS.metadata,
    apiVersion: version,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    encode: async () => {
      const body = new Encoder().writeArray([where.plan.topic]).writeBoolean(false);
      return version >= NEWEST ? body.writeBoolean(true).writeBoolean(true) : body;
    },
  };
  return channel.ask(request, (answer) => readMetadata(answer, version));
}

/** Decodes an answer of this version of the request. Throws `MalformedAnswer`. */
export function readMetadata(answer: Reader, version: number): Metadata {
  answer.int32(); // throttle time
  const brokers = answer.array(readBroker);
  answer.string(); // cluster id
  const controller = answer.int32();
  const [topic] = answer.array((reader) => readTopic(reader, version), MAX_TOPICS);
  return {
    brokers,
    controller,
    topicCode: topic?.code ?? UNKNOWN_TOPIC,
    isInternal: topic?.isInternal === true,
    partitions: topic?.partitions ?? [],
    topicOperations: topic?.operations,
    clusterOperations: version >= NEWEST ? operations(answer.int32()) : undefined,
  };
}

export const UNKNOWN_TOPIC = 3;

function readBroker(reader: Reader): Broker {
  const broker = { id: reader.int32(), host: reader.string() ?? "", port: reader.int32() };
  reader.string(); // rack
  return broker;
}

function readTopic(
  reader: Reader,
  version: number,
): { code: number; isInternal: boolean; partitions: Partition[]; operations: number | undefined } {
  const code = reader.int16();
  reader.string(); // name
  const isInternal = reader.boolean();
  const partitions = reader.array((each) => readPartition(each, version));
  return {
    code,
    isInternal,
    partitions,
    operations: version >= NEWEST ? operations(reader.int32()) : undefined,
  };
}

function readPartition(reader: Reader, version: number): Partition {
  const code = reader.int16();
  reader.int32(); // index
  const leader = reader.int32();
  if (version >= FIRST_WITH_LEADER_EPOCH) reader.int32();
  const [replicas, inSync] = [reader.count(ID_BYTES), reader.count(ID_BYTES)];
  if (version >= FIRST_WITH_OFFLINE_REPLICAS) reader.count(ID_BYTES);
  return { code, leader, replicas, inSync };
}

/** Size of a broker's id. */
const ID_BYTES = 4;

/** Without any bit, or with the lowest number, the broker does not report the operations. */
function operations(bits: number): number | undefined {
  return bits > 0 ? bits : undefined;
}
