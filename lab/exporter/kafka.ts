import { connect, type Socket } from "node:net";
import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from "kafkajs";
import type { ExportOutcome, Exporter } from "../truth/row";
import { failedStep, missingSecret } from "./outcome";

type Values = Readonly<Record<string, string | Buffer>>;

const CONNECT_TIMEOUT_MS = 3_000;

/**
 * What version 0.18 does for a kafka sink: `username`, then `password`, then `token` in its place, even when it is
 * empty; SCRAM-SHA-256 when there is a user name, else no login; no TLS whatever the sink says; topic and brokers
 * trimmed, port 9092 by default; no topic is created; one message that every replica acknowledges for each export.
 * `mechanism`, client certificates, `spec.tls`, options and `provisioning.mode` are not read.
 */
export const exportToKafka: Exporter = async (truthCase, { items, signal }) => {
  const { kafka: settings, secretRef } = truthCase.sink.spec as KafkaSpec;
  const missing = missingSecret(truthCase, settings.secretRef?.name);
  if (missing) return missing;
  const name = (settings.secretRef ?? secretRef)?.name;
  const brokers = settings.brokers.map((broker) => broker.trim()).filter((broker) => broker !== "");
  const sasl = loginOf(name === undefined ? {} : (truthCase.secrets[name] ?? {}));
  if (sasl && /\p{Cc}/u.test(`${sasl.username}${sasl.password}`)) {
    return failedStep("construction", new Error("SASL refuses control characters"));
  }
  const config: KafkaConfig = {
    brokers: brokers.map(withPort),
    logLevel: logLevel.NOTHING,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    retry: { retries: 1, initialRetryTime: 50 },
    socketFactory: ({ host, port, onConnect }): Socket => connect({ host, port }, onConnect),
    ...(sasl ? { sasl: { mechanism: "scram-sha-256", ...sasl } satisfies SASLOptions } : {}),
  };
  return publishTwice(new Kafka(config), { topic: settings.topic.trim(), items, signal });
};

interface KafkaSpec {
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly topic: string;
    readonly secretRef?: { name: string };
  };
  readonly secretRef?: { readonly name: string };
}

function loginOf(values: Values): { username: string; password: string } | undefined {
  const text = (key: string): string => values[key]?.toString() ?? "";
  const username = text("username");
  if (username === "") return undefined;
  const password = Object.hasOwn(values, "token") ? text("token") : text("password");
  return { username: prepared(username), password: prepared(password) };
}

/** What SASLprep makes of the characters that rows have (RFC 4013). */
function prepared(text: string): string {
  return text.replaceAll("\u00a0", " ").replaceAll("\u00ad", "").normalize("NFKC");
}

/** As Go splits them: what is no host and port is a host as a whole, with its brackets. */
function withPort(broker: string): string {
  if (/^\[.*\]$/.test(broker)) return `[${broker}]:9092`;
  return /^(\[[^\]]+\]|[^:]+):\d+$/.test(broker) ? broker : `${broker}:9092`;
}

async function publishTwice(
  kafka: Kafka,
  { topic, items, signal }: { topic: string; items: number; signal: AbortSignal },
): Promise<ExportOutcome> {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    retry: { retries: 1, initialRetryTime: 50 },
  });
  const payload = Array.from({ length: items }, (_, index) => ({ uid: `item-${index}`, kind: "Deployment" }));
  const value = JSON.stringify({ schemaVersion: 1, cluster: "c", namespace: "shop", payload });
  try {
    await producer.connect();
    for (let run = 0; run < 2; run += 1) {
      signal.throwIfAborted();
      await producer.send({ topic, acks: -1, messages: [{ key: "c/shop", value }] });
    }
    return { works: true };
  } catch (error) {
    return failedStep("publish", error);
  } finally {
    await producer.disconnect();
  }
}
