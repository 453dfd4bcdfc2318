import type { Sink } from "../../api/types";
import { exporterName, holds } from "../../domain/exporter/judge";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../domain/exporter/settings";
import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { lookAlikeHint } from "../secrets/key-names";
import { hostPort } from "../messages";
import type { DialTarget, SecureOptions, TlsTrust } from "../net/dialler";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { credentialReferences, settingsOf, SHARED_FIELD } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../secrets/tls-trust";
import { parseBrokers } from "./brokers";
import { kafkaCredentials, type KafkaCredentials } from "./credentials";

const OWN_FIELD = "spec.kafka.secretRef";
const NEEDS = "brokers and topic";

/** Legal topic names: Kafka's `Topic.validate`. */
const TOPIC = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

export interface KafkaPlan extends ProbePlan {
  readonly brokers: readonly DialTarget[];
  readonly topic: string;
  /** Absent means plain text. */
  readonly tls?: TlsTrust & { readonly clientCertificate?: SecureOptions["clientCertificate"] };
  /** Absent means no SASL. */
  readonly credentials?: KafkaCredentials;
  /** The Secret with the credentials, for messages. */
  readonly secret?: string;
  /** The sentence about a user name that the Secret has under another key; empty if there is none. */
  readonly lookAlike: string;
  /** Advice for a listener with TLS when the sink does not use TLS: a sentence. */
  readonly tlsAdvice: string;
}

/** The Secrets that a kafka sink names; `spec.kafka.secretRef` takes precedence over `spec.secretRef`. */
export function kafkaReferences(sink: Sink): SecretReference[] {
  const { secretRef } = settingsOf(sink, "kafka", NEEDS);
  return credentialReferences(sink, { field: OWN_FIELD, reference: secretRef });
}

/** @see Probe.plan */
export function kafkaPlan(
  sink: Sink,
  secrets: ResolvedSecrets,
  { exporter = DEFAULT_EXPORTER }: Pick<PlanOptions, "exporter"> = {},
): KafkaPlan {
  const { brokers: entries, topic } = settingsOf(sink, "kafka", NEEDS);
  const brokers = parseBrokers(entries ?? []);
  const secret = secrets.get(OWN_FIELD) ?? secrets.get(SHARED_FIELD);
  const credentials = secret && kafkaCredentials(secret);
  const tls = tlsOf(sink, secrets, secret);
  return {
    endpoint: brokers.map(hostPort).join(","),
    brokers,
    topic: topicName(topic),
    lookAlike: secret ? lookAlikeHint(secret, ["username"]) : "",
    tlsAdvice: tlsAdvice(exporter),
    ...(tls ? { tls } : {}),
    ...(secret ? { secret: secret.name } : {}),
    ...(credentials ? { credentials } : {}),
  };
}

function topicName(text: string | undefined): string {
  const topic = text?.trim() ?? "";
  if (TOPIC.test(topic)) return topic;
  throw failed(
    "InvalidConfiguration",
    "spec.kafka.topic is not the name of a topic: use up to 249 letters, digits, '.', '_' and '-'.",
  );
}

/** TLS is used if the sink sets an authority or skips verification; an empty `spec.tls` has no effect. */
function tlsOf(sink: Sink, secrets: ResolvedSecrets, login: Secret | undefined): KafkaPlan["tls"] {
  const trust = tlsTrust(sink, secrets);
  if (!trust.ca && !trust.insecureSkipVerify) return undefined;
  const certificate = login && clientCertificate(login);
  return { ...trust, ...(certificate ? { clientCertificate: certificate } : {}) };
}

function tlsAdvice(exporter: ExporterSettings): string {
  if (holds("TLSUnsupported", exporter)) {
    return `Use a listener without TLS: ${exporterName(exporter)} cannot use TLS with Kafka.`;
  }
  return "Put the authority of its certificate into spec.tls.caBundle, or use another listener.";
}
