import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type Admin,
} from "kafkajs";
import type { KollectEventSink } from "../../../capabilities/api/types";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startKafka, type KafkaServer } from "../../../lab/servers/kafka/broker";
import type { ListenerName } from "../../../lab/servers/kafka/properties";
import type { TruthCase } from "../../../lab/truth/row";

/** Passwords by user; each row says what its user may do. */
export const PASSWORDS = {
  writer: "writes-t1",
  reader: "only-describes",
  nothing: "has-no-right",
  denied: "writes-and-is-denied",
  hidden: "writes-and-may-not-describe",
  idempotent: "writes-idempotently",
  creator: "creates-in-the-cluster",
  topics: "creates-topics",
  prefixed: "writes-by-prefix",
  everyone: "writes-as-any-user",
  small: "writes-small-messages",
  describer: "writes-and-describes-configs",
  /** SASL prepares it as "office", and Kafka stores it as it is. */
  ligature: "o\ufb03ce",
  /** "cafe" with the accent as a character of its own. */
  decomposed: "cafe\u0301",
  accented: "caf\u00e9",
} as const;
export type User = keyof typeof PASSWORDS;
export const PLAIN_USER = { username: "plain", password: "pp-of-plain" };
export const SCRAM512_USER = { username: "scram512", password: "k5-of-scram" };

export interface KafkaTruth {
  readonly server: KafkaServer;
  readonly authority: Authority;
}

type Operation = keyof typeof AclOperationTypes;

interface Grant {
  readonly user: string;
  readonly operation: Operation;
  readonly topic?: string;
  readonly prefix?: true;
  readonly deny?: true;
}

/** Every right that a row needs; they are granted once, and no row changes another's. */
const GRANTS: readonly Grant[] = [
  { user: "writer", operation: "WRITE", topic: "t1" },
  { user: PLAIN_USER.username, operation: "WRITE", topic: "t1" },
  { user: SCRAM512_USER.username, operation: "WRITE", topic: "t1" },
  { user: "reader", operation: "DESCRIBE", topic: "t1" },
  { user: "denied", operation: "ALL", topic: "six" },
  { user: "denied", operation: "WRITE", topic: "six", deny: true },
  { user: "hidden", operation: "WRITE", topic: "t1" },
  { user: "hidden", operation: "DESCRIBE", topic: "t1", deny: true },
  { user: "idempotent", operation: "WRITE", topic: "t1" },
  { user: "idempotent", operation: "WRITE", topic: "compact" },
  { user: "idempotent", operation: "WRITE", topic: "small" },
  { user: "idempotent", operation: "IDEMPOTENT_WRITE" },
  { user: "creator", operation: "WRITE", topic: "auto1" },
  { user: "creator", operation: "CREATE" },
  { user: "topics", operation: "WRITE", topic: "auto2" },
  { user: "topics", operation: "CREATE", topic: "auto2" },
  { user: "topics", operation: "DESCRIBE", topic: "auto2" },
  { user: "prefixed", operation: "WRITE", topic: "pre-", prefix: true },
  { user: "*", operation: "WRITE", topic: "open-x" },
  { user: "small", operation: "WRITE", topic: "small" },
  { user: "small", operation: "DESCRIBE_CONFIGS", topic: "small" },
  { user: "describer", operation: "WRITE", topic: "t1" },
  { user: "describer", operation: "DESCRIBE_CONFIGS", topic: "t1" },
  { user: "describer", operation: "ALL", topic: "synced" },
  { user: "writer", operation: "WRITE", topic: "synced" },
  { user: "ligature", operation: "WRITE", topic: "t1" },
  { user: "decomposed", operation: "WRITE", topic: "t1" },
  { user: "accented", operation: "WRITE", topic: "t1" },
];

const TOPICS = [
  { topic: "t1", numPartitions: 3 },
  { topic: "six" },
  { topic: "pre-x" },
  { topic: "open-x" },
  { topic: "compact", configEntries: [{ name: "cleanup.policy", value: "compact" }] },
  { topic: "synced", configEntries: [{ name: "min.insync.replicas", value: "2" }] },
  { topic: "small", configEntries: [{ name: "max.message.bytes", value: "100" }] },
];

/** A cluster with all topics, users and rights of the rows. */
export async function startKafkaTruth(): Promise<KafkaTruth> {
  const authority = createAuthority();
  const server = await startKafka({
    tls: {
      valid: authority.issue({ names: ["localhost"] }),
      expired: authority.issue({ names: ["localhost"], notAfter: new Date(Date.now() - 60_000) }),
      clientCa: createAuthority("clients").cert,
    },
    users: PASSWORDS,
    plainUsers: { [PLAIN_USER.username]: PLAIN_USER.password },
    scram512Users: { [SCRAM512_USER.username]: SCRAM512_USER.password },
  });
  try {
    await server.admin.createTopics({ topics: TOPICS.map((topic) => ({ ...topic })), waitForLeaders: true });
    await server.admin.createAcls({ acl: GRANTS.map(aclOf) });
    await inEffect(server.admin);
    await makeInternalTopic(server.admin);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { server, authority };
}

function aclOf({
  user,
  operation,
  topic,
  prefix,
  deny,
}: Grant): Parameters<Admin["createAcls"]>[0]["acl"][number] {
  return {
    resourceType: topic === undefined ? AclResourceTypes.CLUSTER : AclResourceTypes.TOPIC,
    resourceName: topic ?? "kafka-cluster",
    resourcePatternType: prefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: "*",
    operation: AclOperationTypes[operation],
    permissionType: deny ? AclPermissionTypes.DENY : AclPermissionTypes.ALLOW,
  };
}

/** The first question for a group's coordinator makes the topic that keeps offsets; its answer may come too early. */
async function makeInternalTopic(admin: Admin): Promise<void> {
  await admin.fetchOffsets({ groupId: "truth", topics: ["t1"] }).catch(() => undefined);
  const end = Date.now() + 20_000;
  while (!(await admin.listTopics()).includes("__consumer_offsets")) {
    if (Date.now() > end) throw new Error("Kafka did not make its own topic");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The broker hears of rights from the controller; the last one that it lists is in effect for all. */
async function inEffect(admin: Admin): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
      operation: AclOperationTypes.ANY,
    });
    const known = resources.reduce((sum, { acls }) => sum + acls.length, 0);
    if (known >= GRANTS.length) return;
    if (Date.now() > end) throw new Error(`only ${known} of ${GRANTS.length} rights are in effect`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** How a row's sink differs from one that works. */
export interface SinkDraft {
  readonly listener?: ListenerName;
  readonly brokers?: readonly string[];
  readonly topic?: string;
  /** Keys of the Secret of `spec.kafka.secretRef`; null means that the sink names none. */
  readonly secret?: Readonly<Record<string, string>> | null;
  readonly spec?: Partial<KollectEventSink["spec"]>;
  /** Further Secrets of the namespace. */
  readonly secrets?: TruthCase["secrets"];
}

/** The Secret of a user of the rows. */
export function login(user: User): Record<string, string> {
  return { username: user, password: PASSWORDS[user] };
}

/** A sink on the SCRAM listener as `writer`, but for what the draft says. */
export function sinkOf({ server }: KafkaTruth, draft: SinkDraft = {}): TruthCase {
  const { listener = "SCRAM", topic = "t1", secret = login("writer"), spec, secrets } = draft;
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectEventSink",
      metadata: { name: "items", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: "kafka",
        kafka: {
          brokers: [...(draft.brokers ?? [`localhost:${server.port(listener)}`])],
          topic,
          ...(secret ? { secretRef: { name: "login" } } : {}),
        },
        ...spec,
      },
    },
    secrets: { ...(secret ? { login: secret } : {}), ...secrets },
  };
}
