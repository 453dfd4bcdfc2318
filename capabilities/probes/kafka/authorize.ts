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
/** The longest message that the exporter sends. */
const NEEDED_BYTES = 1_048_576;
/** Kafka's own default, which has room for the header of a batch. */
const DEFAULT_BYTES = 1_048_588;

/**
 * Whether the client may write to the topic, and messages as long as the exporter's. Throws `FailureError`
 * `PermissionDenied` or `InvalidConfiguration`, and `NotPermittedToAsk` when the broker tells neither.
 */
export async function checkNeeds(metadata: Metadata, session: Session, recorder: Recorder): Promise<void> {
  const { topicOperations: operations } = metadata;
  const { where } = session;
  if (operations !== undefined && (operations & WRITE) === 0) throw mayNotWrite(where);
  if (operations === undefined) recorder.unproven("kafka:Write", "NotAnswered", NOT_TOLD);
  const bytes = await maxMessageBytes(operations, session);
  if (bytes === undefined) recorder.unproven("kafka:MaxMessageBytes", "NotAnswered", MAY_NOT_ASK);
  else if (bytes < NEEDED_BYTES) throw tooShort(bytes, where);
  if (operations === undefined && bytes === undefined) throw new NotPermittedToAsk(NOT_TOLD);
}

const NOT_TOLD = "the broker does not say which operations it authorizes";
const MAY_NOT_ASK = "the user may not describe the configuration of the topic";

/** Not asked where the broker has said that the user may not. */
async function maxMessageBytes(
  operations: number | undefined,
  { channel, versions, where }: Session,
): Promise<number | undefined> {
  const isRefused = operations !== undefined && (operations & DESCRIBE_CONFIGS) === 0;
  if (isRefused || (versions.get(API_KEYS.describeConfigs) ?? 0) < DESCRIBE_CONFIGS_VERSION) return undefined;
  const request = describeTopicConfig(where.plan.topic, MAX_MESSAGE_BYTES);
  const value = await channel.ask(request, (answer) => readTopicConfig(answer, MAX_MESSAGE_BYTES));
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function mayNotWrite(where: KafkaWhere): Error {
  const { server, topic, who, acl } = words(where);
  return failed("PermissionDenied", `${server} does not let ${who} write to topic ${topic}. Run: ${acl}`);
}

function tooShort(bytes: number, where: KafkaWhere): Error {
  const { server, topic } = words(where);
  return failed(
    "InvalidConfiguration",
    `Topic ${topic} at ${server} takes messages of ${bytes} bytes, and the exporter sends up to 1 MiB. Run: ` +
      `kafka-configs.sh --bootstrap-server ${where.endpoint} --alter --entity-type topics --entity-name ${topic} ` +
      `--add-config ${MAX_MESSAGE_BYTES}=${DEFAULT_BYTES}`,
  );
}
