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
      [" a:1 ", "", "c"],
      ["a:1", "c:9092"],
    ],
    [["fd00::5"], ["fd00::5:9092"]],
    [["10.0.0.5:9092"], ["10.0.0.5:9092"]],
    [["[fd00::5]:9094"], ["fd00::5:9094"]],
  ])("reads %j", (entries, expected) => {
    expect(parseBrokers(entries).map(({ host, port }) => `${host}:${port}`)).toEqual(expected);
  });

  const BAD: ReadonlyArray<readonly [entries: readonly string[], words: RegExp]> = [
    [[], /lists no address/],
    [["", "  "], /lists no address/],
    [["kafka://a:9092"], /without a scheme/],
    [["user:secret-pw@a:9092"], /in the sink's Secret/],
    [["a:9092?password=secret-pw"], /query or fragment/],
    [["a:0"], /is not an address/],
    [["a:65536"], /is not an address/],
    [["a:b"], /is not an address/],
    [["[fd00::6]"], /without a port.* Write \[fd00::6\]:9092/],
    [["a:9092,b:9092"], /one entry for each/],
    [["a b:9092"], /is not an address/],
    [[`${"a".repeat(254)}:9092`], /is not an address/],
    [Array.from({ length: 33 }, (_, index) => `broker-${index}:9092`), /more than 32/],
    [[",".repeat(100_000) + "a:1"], /one entry for each/],
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
  it.each(["inventory", "a.b_c-D9", " inventory\n", "x".repeat(249)])("takes %j", (topic) => {
    expect(plan({ topic }).topic).toBe(topic.trim());
  });

  it.each(["", ".", "..", "a b", "a/b", "ü", "x".repeat(250)])("refuses %j", (topic) => {
    expect(failureOf(() => plan({ topic })).cause).toBe("InvalidConfiguration");
  });
});

describe("kafka credentials", () => {
  it.each([
    [
      { username: "u", password: "p" },
      { mechanism: "SCRAM-SHA-256", username: "u", password: "p" },
    ],
    [
      { username: "u", password: " p ", mechanism: "scram-sha-512\n" },
      { mechanism: "SCRAM-SHA-512", username: "u", password: " p " },
    ],
    [
      { username: "u", password: "p", mechanism: "PLAIN" },
      { mechanism: "PLAIN", username: "u", password: "p" },
    ],
    [
      { username: "u", password: "p", token: "abc.def" },
      { mechanism: "SCRAM-SHA-256", username: "u", password: "abc.def" },
    ],
    [
      { username: "u", password: "p", token: "" },
      { mechanism: "SCRAM-SHA-256", username: "u", password: "" },
    ],
    [
      { token: "abc.def", mechanism: "OAUTHBEARER" },
      { mechanism: "OAUTHBEARER", token: "abc.def" },
    ],
  ])("reads %j", (secret: Record<string, string>, expected) => {
    expect(plan({ secret }).credentials).toMatchObject(expected);
  });

  it.each<[Record<string, string>]>([
    [{}],
    [{ other: "x" }],
    [{ password: "p" }],
    [{ username: "", password: "p" }],
    [{ token: "t" }],
  ])("means no login for %j, as it does for the exporter", (secret) => {
    expect(plan({ secret }).credentials).toBeUndefined();
  });

  const BAD: ReadonlyArray<readonly [secret: Record<string, string>, cause: Cause, words: RegExp]> = [
    [{ username: "u" }, "SecretKeyMissing", /the key password/],
    [{ mechanism: "PLAIN" }, "SecretKeyMissing", /the key username/],
    [{ mechanism: "OAUTHBEARER" }, "SecretKeyMissing", /the key token/],
    [{ username: "u", password: "" }, "SecretValueInvalid", /password .*is empty/],
    [{ username: "u\0admin", password: "p" }, "SecretValueInvalid", /username .*control character/],
    [{ username: "u", password: "p\n" }, "SecretValueInvalid", /password .*ends in a line end/],
    [{ username: "u\n", password: "p" }, "SecretValueInvalid", /username .*ends in a line end/],
    [{ username: "u", password: "p", mechanism: "OTHER" }, "SecretValueInvalid", /is none of PLAIN/],
    [{ username: "u", password: "p", mechanism: "GSSAPI" }, "SecretValueInvalid", /is GSSAPI, with which/],
    [{ username: "u", password: "p", mechanism: "AWS_MSK_IAM" }, "SecretValueInvalid", /is AWS_MSK_IAM/],
    [
      { username: "u", password: "p", mechanism: "scram_sha512" },
      "SecretValueInvalid",
      /Write SCRAM-SHA-512/,
    ],
    [{ username: "u", password: "p", mechanism: "none" }, "SecretValueInvalid", /Leave the keys/],
    [{ token: "a\u0001host=evil", mechanism: "OAUTHBEARER" }, "SecretValueInvalid", /bearer token/],
    [{ token: "abc\n", mechanism: "OAUTHBEARER" }, "SecretValueInvalid", /ends in a line end/],
  ];
  it.each(BAD)("refuses %j with %s", (secret, cause, words) => {
    const failure = failureOf(() => plan({ secret }));
    expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause });
    expect(failure.message).toMatch(words);
  });
});

describe("TLS of a kafka sink", () => {
  const authority = createAuthority();
  const { cert, key } = authority.issue({ names: ["kollect"], client: true });
  const ca = { caBundle: Buffer.from(authority.cert).toString("base64") };

  it.each([
    ["an authority", ca, true],
    ["insecureSkipVerify", { insecureSkipVerify: true }, true],
    ["nothing", {}, false],
    ["no block", undefined, false],
  ])("is spoken or not with %s, as the exporter does it", (_what, tls, spoken) => {
    expect(plan(tls ? { tls } : {}).tls !== undefined).toBe(spoken);
  });
  it("shows the client certificate of the Secret, which counts only with TLS", () => {
    const secret = { "tls.crt": cert, "tls.key": key };
    expect(plan({ secret, tls: ca }).tls).toMatchObject({ clientCertificate: { cert: cert.trim() } });
    expect(plan({ secret }).tls).toBeUndefined();
    expect(failureOf(() => plan({ secret: { "tls.key": "nonsense" }, tls: ca })).message).toMatch(/tls\.crt/);
  });
  it("is advised against where the exporter's version cannot speak it", () => {
    const advice = (version: "0.18" | "next" | "none"): string =>
      planOf(kafkaProbe, kafkaCase({ brokers }), {
        ambientCredentials: false,
        exporter: { version, strict: false, privateSinks: "allowed" },
      }).tlsAdvice;
    expect(advice("0.18")).toMatch(/without TLS: Kollect 0\.18 cannot use TLS/);
    expect(advice("next")).toMatch(/spec\.tls\.caBundle/);
    expect(advice("none")).toMatch(/spec\.tls\.caBundle/);
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
