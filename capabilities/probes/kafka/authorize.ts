import { failed } from "../../domain/failure";
import { NotPermittedToAsk } from "../not-permitted";
import { words, type KafkaWhere } from "./errors";
import { UNKNOWN_TOPIC, type Metadata } from "./metadata";

/** Bits of authorized operations: codes of `AclOperation` in Apache Kafka. */
const WRITE = 1 << 4;
const CREATE = 1 << 5;
const DOING = { Create: "create", Write: "write to" } as const;

/**
 * Whether the client may write to the topic, and create it when it is missing. Brokers tell the cluster's operations
 * only to those who may describe the cluster, which creating a topic does not need.
 * Throws `FailureError` `PermissionDenied`, and `NotPermittedToAsk` when the broker does not say.
 */
export function checkRights(metadata: Metadata, where: KafkaWhere): void {
  const { topicOperations, clusterOperations } = metadata;
  const isMissing = metadata.topicCode === UNKNOWN_TOPIC;
  if (topicOperations === undefined) throw new NotPermittedToAsk(isMissing ? NOT_YET : NOT_TOLD);
  if ((topicOperations & WRITE) === 0) throw mayNot("Write", where);
  if (!isMissing || (topicOperations & CREATE) !== 0) return;
  if (clusterOperations === undefined) throw new NotPermittedToAsk(NOT_YET);
  if ((clusterOperations & CREATE) === 0) throw mayNot("Create", where, "The topic does not exist yet. ");
}

const NOT_TOLD = "the broker does not say which operations it authorizes";
const NOT_YET = "the topic does not exist yet, and the broker does not say whether it may be created";

function mayNot(operation: keyof typeof DOING, where: KafkaWhere, before = ""): Error {
  const { server, topic, who } = words(where);
  return failed(
    "PermissionDenied",
    `${server} does not let ${who} ${DOING[operation]} topic ${topic}. ${before}` +
      `Add an ACL that allows its principal the operation ${operation} on the topic.`,
  );
}
