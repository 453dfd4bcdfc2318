import { failed } from "../../domain/failure";
import { NotPermittedToAsk } from "../not-permitted";
import type { Recorder } from "../probe";
import { words, type KafkaWhere } from "./errors";
import type { Metadata } from "./metadata";
import { API_KEYS, DESCRIBE_CONFIGS_VERSION, describeTopicConfig, readTopicConfig } from "./requests";
import type { Session } from "./session";

/** Bits of authorized operations: codes of `AclOperation` in Apache Kafka. */
const WRITE = 1 << 4;
const DESCRIBE_CONFIGS = 1 << 10;

const MAX_MESSAGE_BYTES = "max.message.bytes";
const MIN_IN_SYNC = "min.insync.replicas";
/** The longest message that the exporter sends, in bytes. */
const NEEDED_BYTES = 1_048_576;
/** Kafka's default, which includes space for the header of a batch. */
const DEFAULT_BYTES = 1_048_588;

/**
 * Checks that the client may write to the topic, and messages as long as the exporter's. Throws `FailureError`
 * `PermissionDenied` or `InvalidConfiguration`, and `NotPermittedToAsk` when the broker reports neither.
 */
export async function checkNeeds(metadata: Metadata, session: Session, recorder: Recorder): Promise<void> {
  const { topicOperations: operations } = metadata;
  const { where } = session;
  if (operations !== undefined && (operations & WRITE) === 0) throw mayNotWrite(where);
  if (operations === undefined) recorder.unproven("kafka:Write", "NotAnswered", NOT_TOLD);
  const config = await topicConfig(operations, session);
  const bytes = numberIn(config, MAX_MESSAGE_BYTES);
  if (bytes === undefined) recorder.unproven("kafka:MaxMessageBytes", "NotAnswered", MAY_NOT_ASK);
  else if (bytes < NEEDED_BYTES) throw tooShort(bytes, where);
  checkReplicas(metadata, numberIn(config, MIN_IN_SYNC), where);
  if (operations === undefined && bytes === undefined) throw new NotPermittedToAsk(NOT_TOLD);
}

const NOT_TOLD = "the broker does not report which operations it authorizes";
const MAY_NOT_ASK = "the user may not describe the configuration of the topic";

/** Settings of the topic, not requested if the broker has reported that the user may not read them. */
async function topicConfig(
  operations: number | undefined,
  { channel, versions, where }: Session,
): Promise<ReadonlyMap<string, string>> {
  const isRefused = operations !== undefined && (operations & DESCRIBE_CONFIGS) === 0;
  if (isRefused || (versions.get(API_KEYS.describeConfigs) ?? 0) < DESCRIBE_CONFIGS_VERSION) return new Map();
  return channel.ask(
    describeTopicConfig(where.plan.topic, [MAX_MESSAGE_BYTES, MIN_IN_SYNC]),
    readTopicConfig,
  );
}

function numberIn(config: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = config.get(name) ?? "";
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/**
 * Checks the number of replicas. The exporter waits until every replica in sync has its message, and the topic sets how
 * many must be in sync. Brokers require no more than the partition has (tried on Kafka 4.4).
 */
function checkReplicas({ partitions }: Metadata, wanted = 1, where: KafkaWhere): void {
  if (partitions.every(({ replicas, inSync }) => inSync >= Math.min(wanted, replicas))) return;
  const { server, topic } = words(where);
  throw failed(
    "Unreachable",
    `Topic ${topic} at ${server} has a partition with fewer replicas in sync than its ${MIN_IN_SYNC} of ${wanted}, and accepts ` +
      "no message from the exporter there. Check the brokers with its replicas.",
  );
}

function alter({ endpoint, plan }: KafkaWhere, setting: string): string {
  return (
    `kafka-configs.sh --bootstrap-server ${endpoint} --alter --entity-type topics --entity-name ${plan.topic} ` +
    `--add-config ${setting}`
  );
}

function mayNotWrite(where: KafkaWhere): Error {
  const { server, topic, who, acl } = words(where);
  return failed("PermissionDenied", `${server} does not let ${who} write to topic ${topic}. Run: ${acl}`);
}

function tooShort(bytes: number, where: KafkaWhere): Error {
  const { server, topic } = words(where);
  return failed(
    "InvalidConfiguration",
    `Topic ${topic} at ${server} accepts messages of ${bytes} bytes, and the exporter sends up to 1 MiB. Run: ` +
      alter(where, `${MAX_MESSAGE_BYTES}=${DEFAULT_BYTES}`),
  );
}
