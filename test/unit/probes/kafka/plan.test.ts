import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { FailureError } from "../../../../capabilities/domain/failure";
import { parseBrokers } from "../../../../capabilities/probes/kafka/brokers";
import type { KafkaPlan } from "../../../../capabilities/probes/kafka/plan";
import { kafkaProbe } from "../../../../capabilities/probes/kafka/probe";
import { kafkaCase, type KafkaCase } from "../../../../lab/backends/kafka";
import { planOf, type ProbeCase } from "../../../../lab/backends/run-case";
import { createAuthority } from "../../../../lab/pki";

const brokers = [{ host: "kafka-0.shop", port: 9093 }];

function failureOf(make: () => unknown): FailureError["failure"] {
  try {
    make();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("nothing was wrong with it");
}

function plan(options: Partial<KafkaCase>): KafkaPlan {
  return planOf(kafkaProbe, kafkaCase({ brokers, ...options }));
}

describe("kafka.brokers", () => {
  it.each([
    [["kafka-0.shop:9093"], ["kafka-0.shop:9093"]],
    [["kafka-0.shop"], ["kafka-0.shop:9092"]],
    [
      ["a:1", "b:2", "a:1"],
      ["a:1", "b:2"],
    ],
    [
      [" a:1 , b:2,", "c"],
      ["a:1", "b:2", "c:9092"],
    ],
    [["10.0.0.5:9092"], ["10.0.0.5:9092"]],
    [
      ["[fd00::5]:9094", "[fd00::6]"],
      ["fd00::5:9094", "fd00::6:9092"],
    ],
  ])("reads %j", (entries, expected) => {
    expect(parseBrokers(entries).map(({ host, port }) => `${host}:${port}`)).toEqual(expected);
  });

  const BAD: ReadonlyArray<readonly [entries: readonly string[], words: RegExp]> = [
    [[], /lists no address/],
    [["", " , "], /lists no address/],
    [["kafka://a:9092"], /without a scheme/],
    [["user:secret-pw@a:9092"], /belong into the Secret/],
    [["a:9092?password=secret-pw"], /query or fragment/],
    [["a:0"], /is no address/],
    [["a:65536"], /is no address/],
    [["a:b"], /is no address/],
    [["fd00::5"], /is no address/],
    [["a b:9092"], /is no address/],
    [[`${"a".repeat(254)}:9092`], /is no address/],
    [Array.from({ length: 33 }, (_, index) => `broker-${index}:9092`), /more than 32/],
    [[",".repeat(100_000) + "a:1"], /lists no address|more than 32/],
  ];
  // Titles show the beginning of what is refused.
  const titled = BAD.map((row) => [JSON.stringify(row[0]).slice(0, 60), ...row] as const);
  it.each(titled)("refuses %s", (_, entries, words) => {
    const failure = failureOf(() => parseBrokers(entries));
    expect(failure.cause).toBe("InvalidConfiguration");
    expect(failure.message).toMatch(words);
    expect(failure.message).not.toContain("secret-pw");
  });
});

describe("kafka.topic", () => {
  it.each(["inventory", "a.b_c-D9", "x".repeat(249)])("takes %s", (topic) => {
    expect(plan({ topic }).topic).toBe(topic);
  });

  it.each(["", ".", "..", "a b", "a/b", "ü", "x".repeat(250)])("refuses %j", (topic) => {
    expect(failureOf(() => plan({ topic })).cause).toBe("InvalidConfiguration");
  });
});

describe("kafka credentials", () => {
  it.each([
    [
      { username: "u", password: "p" },
      { mechanism: "PLAIN", username: "u", password: "p" },
    ],
    [
      { username: "u", password: "p\n", mechanism: "scram-sha-256\n" },
      { mechanism: "SCRAM-SHA-256", username: "u", password: "p" },
    ],
    [
      { username: "u", password: "p", mechanism: "SCRAM-SHA-512" },
      { mechanism: "SCRAM-SHA-512", username: "u", password: "p" },
    ],
    [
      { username: "u", password: "p", token: "abc.def" },
      { mechanism: "OAUTHBEARER", token: "abc.def" },
    ],
    [
      { token: "abc.def", mechanism: "OAUTHBEARER" },
      { mechanism: "OAUTHBEARER", token: "abc.def" },
    ],
  ])("reads %j", (secret: Record<string, string>, expected) => {
    expect(plan({ secret }).credentials).toEqual(expected);
  });

  const BAD: ReadonlyArray<readonly [secret: Record<string, string>, cause: Cause, words: RegExp]> = [
    [{}, "SecretKeyMissing", /username, token, tls\.key/],
    [{ other: "x" }, "SecretKeyMissing", /username, token, tls\.key/],
    [{ username: "u" }, "SecretKeyMissing", /the key password/],
    [{ password: "p" }, "SecretKeyMissing", /the key username/],
    [{ mechanism: "PLAIN" }, "SecretKeyMissing", /the key username/],
    [{ mechanism: "OAUTHBEARER" }, "SecretKeyMissing", /the key token/],
    [{ username: "u", password: "" }, "SecretValueInvalid", /password .*is empty/],
    [{ username: "u\0admin", password: "p" }, "SecretValueInvalid", /NUL/],
    [{ username: "u", password: "p", mechanism: "GSSAPI" }, "SecretValueInvalid", /is none of PLAIN/],
    [{ token: "a\u0001host=evil" }, "SecretValueInvalid", /bearer token/],
    [{ "tls.key": "nonsense" }, "SecretKeyMissing", /tls\.crt/],
  ];
  it.each(BAD)("refuses %j with %s", (secret, cause, words) => {
    const failure = failureOf(() => plan({ secret }));
    expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause });
    expect(failure.message).toMatch(words);
  });

  it("refuses a client certificate without spec.tls", () => {
    const { cert, key } = createAuthority().issue({ names: ["kollect"], client: true });
    const secret = { "tls.crt": cert, "tls.key": key };
    expect(failureOf(() => plan({ secret })).message).toMatch(/needs TLS\. Add spec\.tls/);
    expect(plan({ secret, tls: {} }).tls).toMatchObject({ clientCertificate: { cert: cert.trim() } });
  });
});

describe("kafka references", () => {
  const base = kafkaCase({ brokers, secret: { username: "u", password: "p" }, tls: {} });

  function withCommon(probeCase: ProbeCase): ProbeCase {
    const spec = { ...probeCase.sink.spec, secretRef: { name: "common", namespace: "platform" } };
    return { ...probeCase, sink: { ...probeCase.sink, spec } as ProbeCase["sink"] };
  }

  it("prefers spec.kafka.secretRef to spec.secretRef", () => {
    expect(kafkaProbe.references(withCommon(base).sink)).toEqual([
      { field: "spec.kafka.secretRef", name: "kafka-login" },
    ]);
  });

  it("takes spec.secretRef when there is no other, with its namespace", () => {
    const probeCase = withCommon(kafkaCase({ brokers }));
    expect(kafkaProbe.references(probeCase.sink)).toEqual([
      { field: "spec.secretRef", name: "common", namespace: "platform" },
    ]);
    const made = planOf(kafkaProbe, {
      ...probeCase,
      secrets: { "spec.secretRef": { username: "u", password: "p" } },
    });
    expect(made).toMatchObject({ secret: "common", credentials: { username: "u" } });
  });

  it("names the Secret of the authorities too", () => {
    const { sink } = kafkaCase({ brokers, tls: { caSecretRef: { name: "kafka-ca" } } });
    expect(kafkaProbe.references(sink)).toEqual([{ field: "spec.tls.caSecretRef", name: "kafka-ca" }]);
  });

  it("reports InvalidConfiguration for a sink without spec.kafka", () => {
    const { sink } = kafkaCase({ brokers });
    const bare = { ...sink, spec: { type: "kafka" } } as ProbeCase["sink"];
    expect(failureOf(() => kafkaProbe.references(bare)).message).toMatch(/spec\.kafka is missing/);
  });
});
