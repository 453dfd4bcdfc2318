import { failed } from "../../domain/failure";
import { firstReachable } from "../first-reachable";
import { phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { checkNeeds } from "./authorize";
import { kafkaFailure, OK, words, type KafkaWhere } from "./errors";
import { checkLeaders, leadersOf, visitLeaders } from "./leaders";
import { askMetadata, type Metadata } from "./metadata";
import { kafkaPlan, kafkaReferences, type KafkaPlan } from "./plan";
import { explainCut, openSession, type Session } from "./session";

/** The probe of Apache Kafka 1.0 and later (0.11 without SASL), and of compatible servers. */
export const kafkaProbe: Probe<KafkaPlan> = {
  type: "kafka",
  references: kafkaReferences,
  plan: kafkaPlan,
  run,
};

async function run(plan: KafkaPlan, context: ProbeContext): Promise<void> {
  const session = await firstReachable(
    {
      targets: plan.brokers,
      name: "Kafka",
      plural: "brokers",
      open: (broker, signal) => openSession(plan, broker, context, signal),
    },
    context,
  );
  try {
    const metadata = await context.recorder.phase("Verify", () => verify(session));
    await visitLeaders(leadersOf(metadata), session, context);
    await authorize(metadata, session, context);
  } finally {
    session.channel.close();
  }
}

async function verify(session: Session): Promise<Metadata> {
  const { channel, versions, where } = session;
  const metadata = await askMetadata(channel, versions, where).catch((error: unknown) => {
    throw explainCut(error, where);
  });
  if (metadata.topicCode !== OK) throw kafkaFailure(metadata.topicCode, where);
  if (metadata.isInternal) throw internalTopic(where);
  if (!metadata.brokers.some(({ id }) => id === metadata.controller)) throw noController(where);
  checkLeaders(metadata, where);
  return metadata;
}

function internalTopic(where: KafkaWhere): Error {
  const { server, topic } = words(where);
  return failed(
    "InvalidConfiguration",
    `Topic ${topic} at ${server} is one of Kafka's own, which accepts no messages from clients. Name another in spec.kafka.topic.`,
  );
}

function noController(where: KafkaWhere): Error {
  return failed(
    "Unreachable",
    `${words(where).server} has no active controller. Check that the controllers of the cluster run.`,
  );
}

async function authorize(metadata: Metadata, session: Session, { recorder }: ProbeContext): Promise<void> {
  await phaseIfPermitted(recorder, "Authorize", () => checkNeeds(metadata, session, recorder));
}
