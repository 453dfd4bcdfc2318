import type { TruthRow } from "../../../lab/truth/row";
import {
  login,
  PASSWORDS,
  PLAIN_USER,
  SCRAM512_USER,
  sinkOf,
  type KafkaTruth,
  type SinkDraft,
} from "./server";

type Row = TruthRow<KafkaTruth>;

function row(id: string, about: string, draft: SinkDraft | ((truth: KafkaTruth) => SinkDraft)): Row {
  const made = (truth: KafkaTruth): SinkDraft => (typeof draft === "function" ? draft(truth) : draft);
  return { id, about, fact: "C", setUp: (truth) => Promise.resolve(sinkOf(truth, made(truth))) };
}

const GOOD = login("writer");
const password = PASSWORDS.writer;

function trusting({ authority }: KafkaTruth): { caBundle: string } {
  return { caBundle: Buffer.from(authority.cert).toString("base64") };
}

/** How the login is read from the Secret. */
const LOGIN: readonly Row[] = [
  row("write-all-mechanisms", "no key mechanism, the listener offers PLAIN too", { listener: "SASL" }),
  row("write-mechanism-key", "key mechanism SCRAM-SHA-256", {
    secret: { ...GOOD, mechanism: "SCRAM-SHA-256" },
  }),
  row("mechanism-lower-case", "key mechanism in lower case", {
    secret: { ...GOOD, mechanism: "scram-sha-256\n" },
  }),
  row("mechanism-plain-scram-user", "key mechanism PLAIN, the listener offers SCRAM-SHA-256 alone", {
    secret: { ...GOOD, mechanism: "PLAIN" },
  }),
  row("mechanism-512-both", "key mechanism SCRAM-SHA-512, the user has both", {
    listener: "SASL",
    secret: { ...GOOD, mechanism: "SCRAM-SHA-512" },
  }),
  row("mechanism-512-only", "key mechanism SCRAM-SHA-512, the user has nothing else", {
    listener: "SASL",
    secret: { ...SCRAM512_USER, mechanism: "SCRAM-SHA-512" },
  }),
  row("mechanism-plain-only", "key mechanism PLAIN, the user has nothing else", {
    listener: "SASL",
    secret: { ...PLAIN_USER, mechanism: "PLAIN" },
  }),
  row("user-512", "a user of SCRAM-SHA-512 alone, no key mechanism", {
    listener: "SASL",
    secret: SCRAM512_USER,
  }),
  row("user-plain", "a user of PLAIN alone, no key mechanism", { listener: "SASL", secret: PLAIN_USER }),
  row("wrong-password", "wrong password", { secret: { username: "writer", password: "wrong" } }),
  row("unknown-user", "a user that does not exist", { secret: { username: "unknown-here", password } }),
  row("token-good-nomech", "token holds the password, password is wrong", {
    secret: { username: "writer", password: "wrong", token: password },
  }),
  row("token-wrong", "token is wrong, password is good", { secret: { ...GOOD, token: "wrong" } }),
  row("token-empty", "token is empty, password is good", { secret: { ...GOOD, token: "" } }),
  row("token-without-password", "token holds the password, no key password", {
    secret: { username: "writer", token: password },
  }),
  row("oauthbearer", "mechanism OAUTHBEARER, a token without user", {
    listener: "SASL",
    secret: { mechanism: "OAUTHBEARER", token: "e30.e30." },
  }),
  row("password-only", "password without username on a SASL listener", { secret: { password } }),
  row("password-only-plain", "password without username on a listener without login", {
    listener: "PLAIN",
    secret: { password },
  }),
  row("username-empty-plain", "empty username on a listener without login", {
    listener: "PLAIN",
    secret: { username: "", password },
  }),
  row("username-only", "username without password", { secret: { username: "writer" } }),
  row("username-only-plain", "username and password on a listener without login", { listener: "PLAIN" }),
  row("secret-other-keys-plain", "a Secret with other keys on a listener without login", {
    listener: "PLAIN",
    secret: { user: "writer", pass: password },
  }),
  row("secret-other-keys", "a Secret with other keys on a SASL listener", {
    secret: { user: "writer", pass: password },
  }),
  row("password-newline", "password with a newline at its end", {
    secret: { username: "writer", password: `${password}\n` },
  }),
  row("username-newline", "username with a newline at its end", {
    secret: { username: "writer\n", password },
  }),
  row("password-space", "password with a space at its end", {
    secret: { username: "writer", password: `${password} ` },
  }),
  row("plain-no-secret", "no Secret on a listener without login", { listener: "PLAIN", secret: null }),
  row("sasl-no-secret", "no Secret on a SASL listener", { secret: null }),
  row("spec-secretref", "spec.secretRef instead of spec.kafka.secretRef", {
    secret: null,
    spec: { secretRef: { name: "common" } },
    secrets: { common: GOOD },
  }),
  row("both-secretrefs", "spec.kafka.secretRef is good, spec.secretRef wrong", {
    spec: { secretRef: { name: "common" } },
    secrets: { common: { username: "writer", password: "wrong" } },
  }),
  row("spec-secretref-dangling", "spec.kafka.secretRef is good, spec.secretRef names no Secret", {
    spec: { secretRef: { name: "nope" } },
  }),
];

/** How addresses, topic and TLS are read from the sink. */
const SINK: readonly Row[] = [
  row("first-dead", "two brokers, the first dead", ({ server }) => ({
    brokers: ["127.0.0.1:1", `localhost:${server.port("SCRAM")}`],
  })),
  row("second-dead", "two brokers, the second dead", ({ server }) => ({
    brokers: [`localhost:${server.port("SCRAM")}`, "127.0.0.1:1"],
  })),
  row("all-dead", "nothing listens", { brokers: ["127.0.0.1:1"] }),
  row("broker-blank", "a blank broker beside a good one", ({ server }) => ({
    brokers: [" ", ` localhost:${server.port("SCRAM")} `],
  })),
  row("broker-scheme", "a broker with a scheme", ({ server }) => ({
    brokers: [`SASL_PLAINTEXT://localhost:${server.port("SCRAM")}`],
  })),
  row("broker-commas", "two brokers in one entry", ({ server }) => ({
    brokers: [`localhost:${server.port("SCRAM")},localhost:${server.port("SCRAM")}`],
  })),
  row("broker-no-port", "a broker without a port, where nothing listens", { brokers: ["127.0.0.1"] }),
  row("controller-port", "the port of the KRaft controller", { listener: "CONTROLLER", secret: null }),
  row("advertised-nowhere", "the broker advertises a port where nothing listens", {
    listener: "NOWHERE",
    secret: null,
  }),
  row("topic-spaces", "blanks around the topic", { topic: " t1 " }),
  row("topic-invalid", "a topic with a blank inside", { topic: "t 1" }),
  row("tls-empty", "tls: {} on a listener without TLS", { spec: { tls: {} } }),
  row("tls-skip-plain", "insecureSkipVerify on a listener without TLS", {
    spec: { tls: { insecureSkipVerify: true } },
  }),
  row("tls-ca-plain", "an authority on a listener without TLS", (truth) => ({
    spec: { tls: trusting(truth) },
  })),
  row("tls-listener", "TLS listener, the authority given", (truth) => ({
    listener: "TLS",
    spec: { tls: trusting(truth) },
  })),
  row("tls-listener-skip", "TLS listener, insecureSkipVerify", {
    listener: "TLS",
    spec: { tls: { insecureSkipVerify: true } },
  }),
  row("tls-listener-none", "TLS listener, no tls block", { listener: "TLS" }),
  row("tls-listener-empty", "TLS listener, tls: {}", { listener: "TLS", spec: { tls: {} } }),
  row("mtls-listener-ca", "a listener that wants a client certificate", (truth) => ({
    listener: "MTLS",
    secret: null,
    spec: { tls: trusting(truth) },
  })),
  row("caref-without-keys", "the authority's Secret has none of the keys", {
    spec: { tls: { caSecretRef: { name: "ca" } } },
    secrets: { ca: { "other.crt": "x" } },
  }),
  row("caref-dangling", "tls.caSecretRef names no Secret", {
    spec: { tls: { caSecretRef: { name: "nope" } } },
  }),
  row("cabundle-garbage", "tls.caBundle is no certificate", { spec: { tls: { caBundle: "bm90aGluZw==" } } }),
];

export const CONFIGURATION: readonly Row[] = [...LOGIN, ...SINK];
