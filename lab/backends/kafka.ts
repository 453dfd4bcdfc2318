import type { KollectEventSink } from "../../capabilities/api/types";
import { hostPort } from "../../capabilities/probes/messages";
import type { DialTarget } from "../../capabilities/probes/net/dialler";
import { createAuthority, trusting, type Authority } from "../pki";
import { waitUntil } from "../control-plane/wait";
import { startKafka, type KafkaServer } from "../servers/kafka/broker";
import type { ListenerName } from "../servers/kafka/properties";
import type { LabBackend, LabServer } from "./backend";
import type { ProbeCase } from "./run-case";
import { WRONG } from "./variations";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";

export { trusting } from "../pki";

export const TOPIC = "inventory";
/** May write to the topic, and nothing else. */
export const WRITER = { username: "kollect", password: "corr-ct-horse:battery" };
/** May see the topic, but not write to it. */
export const READER = { username: "reader", password: "only-looks-around" };
/** May do nothing at all. */
export const STRANGER = { username: "stranger", password: "is-not-known-here" };
/** May write to and create topics whose names begin with "new-". */
export const CREATOR = { username: "creator", password: "makes-new-topics" };
/** May write to topics whose names begin with "fresh-", and create any, but not ask about the cluster. */
export const CLUSTER_CREATOR = { username: "founder", password: "makes-any-topics" };
/** May write to topics whose names begin with "kept-", see the cluster, and create nothing. */
export const WATCHER = { username: "watcher", password: "sees-the-cluster" };
export const WRONG_PASSWORD = "not-the-p@ssword";
const USERS = [WRITER, READER, STRANGER, CREATOR, CLUSTER_CREATOR, WATCHER];
export const SECRETS = USERS.map(({ password }) => password);

export interface KafkaStage {
  readonly server: KafkaServer;
  readonly authority: Authority;
  /** Signs the clients' certificates. */
  readonly clients: Authority;
}

/** A cluster with the topic, the users and their ACLs. */
export async function startStage(): Promise<KafkaStage> {
  const authority = createAuthority();
  const clients = createAuthority("Kollect Client CA");
  const users = USERS.map(({ username, password }) => [username, password] as const);
  const server = await startKafka({
    tls: {
      valid: authority.issue({ names: ["localhost"] }),
      expired: authority.issue({ names: ["localhost"], notAfter: new Date(Date.now() - 60_000) }),
      clientCa: clients.cert,
    },
    users: Object.fromEntries(users),
  });
  try {
    await server.admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3 }], waitForLeaders: true });
    await grant(server.admin);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { server, authority, clients };
}

/** Grants everything, and waits until the broker, which hears of it from the controller, knows the last one. */
async function grant(admin: KafkaServer["admin"]): Promise<void> {
  const last = allowOnCluster("User:watcher", "DESCRIBE");
  await admin.createAcls({
    acl: [
      allow("User:kollect", "WRITE", TOPIC),
      allow("User:CN=kollect", "WRITE", TOPIC),
      allow("User:reader", "READ", TOPIC),
      allow("User:creator", "CREATE", "new-", true),
      allow("User:creator", "WRITE", "new-", true),
      allow("User:founder", "WRITE", "fresh-", true),
      allowOnCluster("User:founder", "CREATE"),
      allow("User:watcher", "WRITE", "kept-", true),
    ],
  });
  await admin.createAcls({ acl: [last] });
  await waitUntil({ what: "Kafka's knowledge of the ACLs", timeoutMs: 60_000 }, async () => {
    const { resources } = await admin.describeAcls(last);
    return resources.length > 0 || undefined;
  });
}

type Acl = Parameters<KafkaServer["admin"]["createAcls"]>[0]["acl"][number];
type Operation = "READ" | "WRITE" | "CREATE" | "DESCRIBE";

function allowOnCluster(principal: string, operation: Operation): Acl {
  const acl = allow(principal, operation, "kafka-cluster");
  return { ...acl, resourceType: AclResourceTypes.CLUSTER };
}

function allow(principal: string, operation: Operation, resourceName: string, isPrefix = false): Acl {
  return {
    principal,
    host: "*",
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: AclResourceTypes.TOPIC,
    resourceName,
    resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  };
}

export interface KafkaCase {
  readonly brokers: readonly DialTarget[];
  readonly topic?: string;
  readonly provisioning?: "ensure" | "existing";
  readonly tls?: KollectEventSink["spec"]["tls"];
  /** Keys of the Secret of `spec.kafka.secretRef`; absent means no Secret. */
  readonly secret?: Readonly<Record<string, string>>;
}

/** A sink of type kafka with its Secret. */
export function kafkaCase(options: KafkaCase): ProbeCase {
  const { brokers, topic = TOPIC, provisioning, tls, secret } = options;
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectEventSink",
      metadata: { name: "items", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: "kafka",
        kafka: {
          brokers: brokers.map(hostPort),
          topic,
          ...(secret ? { secretRef: { name: "kafka-login" } } : {}),
        },
        ...(provisioning ? { provisioning: { mode: provisioning } } : {}),
        ...(tls ? { tls } : {}),
      },
    },
    secrets: secret ? { "spec.kafka.secretRef": secret } : {},
  };
}

/** Where a listener is reached by the name that its certificate carries. */
export function at({ server }: KafkaStage, listener: ListenerName, host = "localhost"): DialTarget[] {
  return [{ host, port: server.port(listener) }];
}

/** An unsecured JWT (RFC 7519, section 6), which the test broker takes. */
export function token(subject: string, expiresInSeconds = 3600): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: subject, iat: now, exp: now + expiresInSeconds })}.`;
}

const broker: LabServer = {
  name: "kafka",
  server: "Apache Kafka",
  needs: ["java", "maven"],
  program: "kafka",
  start: async () => {
    const stage = await startStage();
    const probeCase = kafkaCase({
      brokers: at(stage, "TLS"),
      tls: trusting(stage.authority.cert),
      secret: { ...WRITER, mechanism: "SCRAM-SHA-512" },
    });
    return { probeCase, stop: stage.server.stop };
  },
  at: (target) => kafkaCase({ brokers: [target], secret: WRITER }),
  refuse: (values) => ({ ...values, password: WRONG }),
  // A frame of 64 KiB that is cut off.
  dripBytes: Buffer.concat([Buffer.from([0, 1, 0, 0]), Buffer.alloc(60_000)]),
};

export const kafka: LabBackend = [broker];
