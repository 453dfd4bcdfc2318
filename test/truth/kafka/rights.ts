import type { TruthRow } from "../../../lab/truth/row";
import { login, sinkOf, type KafkaTruth, type SinkDraft, type User } from "./server";

type Row = TruthRow<KafkaTruth>;

function as(user: User, topic: string, more: SinkDraft = {}): Row["setUp"] {
  return (truth) => Promise.resolve(sinkOf(truth, { topic, secret: login(user), ...more }));
}

/** Rights, and the state of the topic. */
export const RIGHTS: readonly Row[] = [
  { id: "write", about: "SCRAM-SHA-256 and Write", fact: "R", setUp: as("writer", "t1") },
  {
    id: "write-describe-configs",
    about: "Write and DescribeConfigs, max.message.bytes by default",
    fact: "S",
    setUp: as("describer", "t1"),
  },
  { id: "describe-only", about: "Describe alone", fact: "R", setUp: as("reader", "t1") },
  { id: "no-acl", about: "no right at all", fact: "R", setUp: as("nothing", "t1") },
  { id: "no-acl-misspelt", about: "no right, and no such topic", fact: "R", setUp: as("nothing", "tt1") },
  { id: "describe-denied", about: "Write allowed, Describe denied", fact: "R", setUp: as("hidden", "t1") },
  { id: "all-deny-write", about: "All allowed, Write denied", fact: "R", setUp: as("denied", "six") },
  { id: "write-idempotent", about: "Write and IdempotentWrite", fact: "R", setUp: as("idempotent", "t1") },
  { id: "prefixed-acl", about: "Write by a prefixed ACL", fact: "R", setUp: as("prefixed", "pre-x") },
  {
    id: "prefixed-acl-elsewhere",
    about: "Write by a prefixed ACL of other topics",
    fact: "R",
    setUp: as("prefixed", "t1"),
  },
  { id: "wildcard-principal", about: "Write for User:*", fact: "R", setUp: as("everyone", "open-x") },
  { id: "compact", about: "a compacted topic", fact: "S", setUp: as("idempotent", "compact") },
  {
    id: "missing-cluster-create",
    about: "topic missing, Write on it and Create on the cluster",
    fact: "S",
    setUp: as("creator", "auto1"),
  },
  {
    id: "missing-ensure",
    about: "topic missing, mode ensure",
    fact: "S",
    setUp: as("topics", "auto2", { spec: { provisioning: { mode: "ensure" } } }),
  },
  {
    id: "missing-existing",
    about: "topic missing, mode existing",
    fact: "S",
    setUp: as("topics", "auto2", { spec: { provisioning: { mode: "existing" } } }),
  },
  {
    id: "missing-super-user",
    about: "topic missing, a super user on the plain listener",
    fact: "S",
    setUp: (truth) => Promise.resolve(sinkOf(truth, { topic: "auto3", listener: "PLAIN", secret: null })),
  },
  {
    id: "max-message",
    about: "max.message.bytes is 100, the user may not describe it",
    fact: "U",
    setUp: as("idempotent", "small"),
  },
  {
    id: "max-message-described",
    about: "max.message.bytes is 100, the user may describe it",
    fact: "S",
    setUp: as("small", "small"),
  },
  {
    id: "min-insync",
    about: "min.insync.replicas is 2 and there is one, the user may not describe it",
    fact: "U",
    setUp: as("writer", "synced"),
  },
  {
    id: "min-insync-described",
    about: "min.insync.replicas is 2 and there is one, the user may describe it",
    fact: "S",
    setUp: as("describer", "synced"),
  },
  {
    id: "internal-topic",
    about: "a topic of Kafka's own, a super user on the plain listener",
    fact: "S",
    setUp: (truth) =>
      Promise.resolve(sinkOf(truth, { topic: "__consumer_offsets", listener: "PLAIN", secret: null })),
  },
  {
    id: "password-ligature",
    about: "a password that SASL prepares to another one",
    fact: "C",
    setUp: as("ligature", "t1"),
  },
  {
    id: "password-decomposed",
    about: "a password with a separate accent, which SASL joins to its letter",
    fact: "C",
    setUp: as("decomposed", "t1"),
  },
  {
    id: "password-accented",
    about: "a password with an accent that is part of its letter",
    fact: "C",
    setUp: as("accented", "t1"),
  },
  {
    id: "existing",
    about: "mode existing, the topic exists",
    fact: "S",
    setUp: as("writer", "t1", { spec: { provisioning: { mode: "existing" } } }),
  },
];
