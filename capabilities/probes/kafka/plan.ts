import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { hostPort } from "../messages";
import type { DialTarget, SecureOptions, TlsTrust } from "../net/dialler";
import type { ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { requiredVerbatim } from "../secret-values";
import { credentialReferences, settingsOf, SHARED_FIELD } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../tls-trust";
import { parseBrokers } from "./brokers";
import { kafkaCredentials, type KafkaCredentials } from "./credentials";

const OWN_FIELD = "spec.kafka.secretRef";
const NEEDS = "brokers and topic";

/** Legal topic names: Kafka's `Topic.validate`. */
const TOPIC = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

export interface KafkaPlan extends ProbePlan {
  readonly brokers: readonly DialTarget[];
  readonly topic: string;
  readonly provisioning: "ensure" | "existing";
  /** Absent means plain text. */
  readonly tls?: TlsTrust & { readonly clientCertificate?: SecureOptions["clientCertificate"] };
  /** Absent means no SASL. */
  readonly credentials?: KafkaCredentials;
  /** The Secret with the credentials, for messages. */
  readonly secret?: string;
}

/** The Secrets that a kafka sink names; `spec.kafka.secretRef` goes before `spec.secretRef`. */
export function kafkaReferences(sink: Sink): SecretReference[] {
  const { secretRef } = settingsOf(sink, "kafka", NEEDS);
  return credentialReferences(sink, { field: OWN_FIELD, reference: secretRef });
}

/** @see Probe.plan */
export function kafkaPlan(sink: Sink, secrets: ResolvedSecrets): KafkaPlan {
  const { brokers: entries, topic } = settingsOf(sink, "kafka", NEEDS);
  const brokers = parseBrokers(entries ?? []);
  if (!TOPIC.test(topic ?? "")) {
    throw failed(
      "InvalidConfiguration",
      "spec.kafka.topic is not the name of a topic: use up to 249 letters, digits, '.', '_' and '-'.",
    );
  }
  const secret = secrets.get(OWN_FIELD) ?? secrets.get(SHARED_FIELD);
  return {
    endpoint: brokers.map(hostPort).join(","),
    brokers,
    topic,
    provisioning: sink.spec.provisioning?.mode ?? "ensure",
    ...(sink.spec.tls ? { tls: tlsTrust(sink, secrets) } : {}),
    ...(secret ? login(secret, sink, secrets) : {}),
  };
}

function login(
  secret: Secret,
  sink: Sink,
  secrets: ResolvedSecrets,
): Pick<KafkaPlan, "credentials" | "secret" | "tls"> {
  const credentials = kafkaCredentials(secret);
  const certificate = clientCertificate(secret);
  if (!credentials && !certificate) requiredVerbatim(secret, ["username", "token", "tls.key"]);
  if (!credentials && !sink.spec.tls) {
    throw failed(
      "InvalidConfiguration",
      `Secret ${secret.name} holds a client certificate, which needs TLS. Add spec.tls to the sink.`,
    );
  }
  return {
    secret: secret.name,
    ...(credentials ? { credentials } : {}),
    ...(certificate && sink.spec.tls
      ? { tls: { ...tlsTrust(sink, secrets), clientCertificate: certificate } }
      : {}),
  };
}
