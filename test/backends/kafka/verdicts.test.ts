import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { openChannel } from "../../../capabilities/probes/kafka/channel";
import { askMetadata, type Metadata } from "../../../capabilities/probes/kafka/metadata";
import { kafkaProbe } from "../../../capabilities/probes/kafka/probe";
import { apiVersionsRequest, readApiVersions } from "../../../capabilities/probes/kafka/requests";
import {
  at,
  CLUSTER_CREATOR,
  CREATOR,
  kafkaCase,
  READER,
  SECRETS,
  startStage,
  STRANGER,
  token,
  TOPIC,
  trusting,
  WATCHER,
  WRITER,
  WRONG_PASSWORD,
  type KafkaCase,
  type KafkaStage,
} from "../../../lab/backends/kafka";
import { planOf, type RunOptions } from "../../../lab/backends/run-case";
import { blackHole, proxy, refusedPort } from "../../../lab/faults";
import { createAuthority } from "../../../lab/pki";
import { expectFailure, expectPassed, results, runsOf } from "../expect-report";

let stage: KafkaStage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.server.stop());

const attempt = runsOf(kafkaProbe, [...SECRETS, WRONG_PASSWORD]);

function run(options: KafkaCase, more?: RunOptions): Promise<ProbeReport> {
  return attempt(kafkaCase(options), more);
}

/** What a broker answers to a client that knows no newer version of the question. */
async function metadataOfVersion(newest: number, port: number): Promise<Metadata> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  const plan = planOf(kafkaProbe, kafkaCase({ brokers: at(stage, "PLAIN") }));
  const where = { endpoint: `127.0.0.1:${port}`, host: "127.0.0.1", plan };
  const channel = openChannel(socket, where, new AbortController().signal);
  try {
    const { versions } = await channel.ask(apiVersionsRequest(), readApiVersions);
    return await askMetadata(channel, versions, where, newest);
  } finally {
    channel.close();
  }
}

describe("kafka: logins", () => {
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "scram-sha-512"]) {
    it(`proves user name and password by ${mechanism}`, async () => {
      const report = await expectPassed(
        run({ brokers: at(stage, "SASL"), secret: { ...WRITER, mechanism } }),
      );
      expect(results(report)).toMatchObject({
        Authenticate: "Passed",
        Authorize: "Passed",
        TLS: "Skipped: spec.tls is not set",
      });
      expect(report.insecure).toBe("PlainText");
    });

    it(`reports AuthenticationFailed for a wrong password by ${mechanism}`, async () => {
      const secret = { username: WRITER.username, password: WRONG_PASSWORD, mechanism };
      const report = await expectFailure(
        run({ brokers: at(stage, "SASL"), secret }),
        "AuthenticationFailed",
        /refused user kollect or its password\. Check the keys username and password of Secret kafka-login/,
      );
      expect(report.phases.at(-1)).toMatchObject({ name: "Authenticate", result: "Failed" });
    });
  }

  it("takes PLAIN when the Secret names no mechanism", async () => {
    await expectPassed(run({ brokers: at(stage, "SASL"), secret: WRITER }));
  });

  it("reports AuthenticationFailed for a user that does not exist", async () => {
    const secret = { username: "nobody", password: WRONG_PASSWORD, mechanism: "SCRAM-SHA-256" };
    await expectFailure(run({ brokers: at(stage, "SASL"), secret }), "AuthenticationFailed", /user nobody/);
  });

  it("prefers a token to a password", async () => {
    const secret = { username: "nobody", password: WRONG_PASSWORD, token: token("kollect") };
    await expectPassed(run({ brokers: at(stage, "SASL"), secret }));
  });

  it("reports AuthenticationFailed for a token that the broker refuses", async () => {
    const secret = { token: token("kollect", -60) };
    await expectFailure(
      run({ brokers: at(stage, "SASL"), secret }),
      "AuthenticationFailed",
      /refused the token\. Check the key token of Secret kafka-login/,
    );
  });

  it("reports UnsupportedAuthMechanism and what the listener offers instead", async () => {
    await expectFailure(
      run({ brokers: at(stage, "SCRAM"), secret: WRITER }),
      "UnsupportedAuthMechanism",
      /does not offer SASL PLAIN on this port\. It offers SCRAM-SHA-256\./,
    );
  });

  it("reports UnsupportedAuthMechanism for a login at a listener without SASL", async () => {
    await expectFailure(
      run({ brokers: at(stage, "PLAIN"), secret: WRITER }),
      "UnsupportedAuthMechanism",
      /uses no SASL on this port/,
    );
  });

  it("reports AuthenticationFailed when a listener wants a login and the sink has none", async () => {
    await expectFailure(
      run({ brokers: at(stage, "SASL") }),
      "AuthenticationFailed",
      /Set spec\.kafka\.secretRef/,
    );
  });

  it("needs no login where the listener asks for none", async () => {
    const report = await expectPassed(run({ brokers: at(stage, "PLAIN") }));
    expect(results(report).Authenticate).toBe("Skipped: no credentials are set");
  });
});

describe("kafka: TLS", () => {
  const tls = (): { caBundle: string } => trusting(stage.authority.cert);

  it("shows the peer's certificate", async () => {
    const report = await expectPassed(run({ brokers: at(stage, "TLS"), tls: tls(), secret: WRITER }));
    expect(report.tls).toMatchObject({ version: "TLSv1.3", issuer: "CN=Kollect Test CA" });
    expect(report.insecure).toBeUndefined();
  });

  it("shows that verification is skipped", async () => {
    const report = await expectPassed(
      run({
        brokers: at(stage, "EXPIRED"),
        tls: { insecureSkipVerify: true },
        secret: WRITER,
      }),
    );
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("logs in by a client certificate", async () => {
    const { cert, key } = stage.clients.issue({ names: ["kollect"], client: true });
    const report = await expectPassed(
      run({
        brokers: at(stage, "MTLS"),
        tls: tls(),
        secret: { "tls.crt": cert, "tls.key": key },
      }),
    );
    expect(results(report)).toMatchObject({
      TLS: "Passed",
      Authenticate: "Skipped: the client certificate is shown during TLS",
      Authorize: "Passed",
    });
  });

  it("reports AuthenticationFailed for a client certificate that the broker does not trust", async () => {
    const { cert, key } = createAuthority("Somebody Else").issue({ names: ["kollect"], client: true });
    await expectFailure(
      run({ brokers: at(stage, "MTLS"), tls: tls(), secret: { "tls.crt": cert, "tls.key": key } }),
      "AuthenticationFailed",
      /refused the client certificate/,
    );
  });

  it("reports AuthenticationFailed when the broker wants a client certificate and the sink has none", async () => {
    await expectFailure(
      run({ brokers: at(stage, "MTLS"), tls: tls() }),
      "AuthenticationFailed",
      /certificate/,
    );
  });

  it("reports TLSFailed for a TLS port without spec.tls", async () => {
    await expectFailure(run({ brokers: at(stage, "TLS"), secret: WRITER }), "TLSFailed", /Add spec\.tls/);
  });

  it("reports TLSFailed for a plain port with spec.tls", async () => {
    await expectFailure(run({ brokers: at(stage, "SASL"), tls: tls(), secret: WRITER }), "TLSFailed", /TLS/);
  });
});

describe("kafka: brokers", () => {
  it("uses the first broker that answers", async () => {
    const report = await expectPassed(
      run({ brokers: [await refusedPort(), ...at(stage, "SASL")], secret: WRITER }),
    );
    expect(results(report)).toMatchObject({ Connect: "Passed", Authorize: "Passed" });
  });

  it("gives a silent broker no more than its share", async () => {
    const silent = await blackHole();
    try {
      const brokers = [silent, ...at(stage, "SASL")];
      const report = await expectPassed(run({ brokers, secret: WRITER }, { timeoutMs: 4000 }));
      expect(report.latencyMs).toBeGreaterThanOrEqual(1950);
    } finally {
      await silent.close();
    }
  });

  it("names every broker when none can be reached", async () => {
    const brokers = [await refusedPort(), { host: "no-such-broker.invalid", port: 9092 }];
    const report = await expectFailure(
      run({ brokers }),
      "ConnectionRefused",
      /^None of the 2 brokers can be used\./,
    );
    expect(report.failure?.message).toContain(`${brokers[0]?.host}:${brokers[0]?.port}`);
    expect(report.failure?.message).toContain("no-such-broker.invalid");
  });

  it("does not try a refused password at the next broker", async () => {
    const next = await blackHole();
    try {
      const secret = { username: WRITER.username, password: WRONG_PASSWORD };
      await expectFailure(run({ brokers: [...at(stage, "SASL"), next], secret }), "AuthenticationFailed");
      expect(next.seen()).toBe(0);
    } finally {
      await next.close();
    }
  });

  it("reports Unreachable when the connection is cut during the answer", async () => {
    const cut = await proxy({ host: "127.0.0.1", port: stage.server.port("SASL") }, { cutAfterBytes: 40 });
    try {
      await expectFailure(run({ brokers: [cut], secret: WRITER }), "Unreachable", /cut the connection/);
    } finally {
      await cut.close();
    }
  });
});

describe("kafka: advertised addresses", () => {
  it("refuses an advertised address that the policy denies, without dialling it", async () => {
    const report = await expectFailure(
      run({ brokers: at(stage, "METADATA") }),
      "AddressDenied",
      /Broker 1, .*advertises 169\.254\.169\.254:80, which is one that probes may not dial/,
    );
    expect(results(report)).toMatchObject({ Verify: "Passed", Resolve: "Failed" });
  });

  it("reports ConnectionRefused when nothing listens at the advertised address", async () => {
    await expectFailure(
      run({ brokers: at(stage, "NOWHERE") }),
      "ConnectionRefused",
      /advertises 127\.0\.0\.1:1, which nothing listens at\. Check advertised\.listeners/,
    );
  });

  it("does not repeat a name that only the broker gave", async () => {
    const report = await expectFailure(
      run({ brokers: at(stage, "NAMELESS") }),
      "NameResolutionFailed",
      /advertises an address, which does not resolve/,
    );
    expect(JSON.stringify(report)).not.toContain("broker.invalid");
  });
});

describe("kafka: older brokers", () => {
  for (const newest of [4, 5, 6, 7, 8]) {
    it(`reads metadata of version ${newest}`, async () => {
      const port = stage.server.port("PLAIN");
      const metadata = await metadataOfVersion(newest, port);
      expect(metadata).toMatchObject({ topicCode: 0, controller: 1 });
      expect(metadata.partitions.map(({ leader }) => leader)).toEqual([1, 1, 1]);
      expect(metadata.brokers).toEqual([{ id: 1, host: "localhost", port }]);
      expect(metadata.topicOperations !== undefined).toBe(newest === 8);
    });
  }

  it("asks no broker that would create the topic", async () => {
    await expect(metadataOfVersion(3, stage.server.port("PLAIN"))).rejects.toThrow(/older than 0\.11/);
  });
});

describe("kafka: topics and rights", () => {
  it("reports TargetNotFound for a missing topic that must exist", async () => {
    await expectFailure(
      run({ brokers: at(stage, "SASL"), topic: "new-one", provisioning: "existing", secret: CREATOR }),
      "TargetNotFound",
      /has no topic new-one/,
    );
  });

  it("accepts a missing topic that the sink may create, and does not create it", async () => {
    await expectPassed(run({ brokers: at(stage, "SASL"), topic: "new-one", secret: CREATOR }));
    expect(await stage.server.admin.listTopics()).not.toContain("new-one");
  });

  it("creates no topic where the broker would create it for whoever asks", async () => {
    await expectPassed(run({ brokers: at(stage, "PLAIN"), topic: "asked-for" }));
    await expectFailure(
      run({ brokers: at(stage, "PLAIN"), topic: "asked-for", provisioning: "existing" }),
      "TargetNotFound",
      /has no topic asked-for/,
    );
    expect(await stage.server.admin.listTopics()).not.toContain("asked-for");
  });

  it("does not hold against a user who may create topics that it may not ask about the cluster", async () => {
    const report = await expectPassed(
      run({ brokers: at(stage, "SASL"), topic: "fresh-one", secret: CLUSTER_CREATOR }),
    );
    const why = expect.stringContaining("does not say whether it may be created") as string;
    expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Skipped", why });
  });

  it.each([
    ["cannot see", WRITER, /does not let user kollect see topic kept-away/],
    ["may write to but not create", WATCHER, /does not let user watcher create topic kept-away/],
  ])("reports PermissionDenied for a missing topic that the user %s", async (_, secret, words) => {
    const missing = { brokers: at(stage, "SASL"), topic: "kept-away", secret };
    await expectFailure(run(missing), "PermissionDenied", words);
  });

  it("reports PermissionDenied for a user who may only read the topic", async () => {
    const report = await expectFailure(
      run({ brokers: at(stage, "SASL"), secret: READER }),
      "PermissionDenied",
      /does not let user reader write to topic inventory.*operation Write/,
    );
    expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Failed" });
  });

  it("reports PermissionDenied for a user who may not even see the topic", async () => {
    await expectFailure(
      run({ brokers: at(stage, "SASL"), secret: STRANGER }),
      "PermissionDenied",
      /does not let user stranger see topic inventory/,
    );
  });

  it("reports Unreachable for a topic whose partition has no leader", async () => {
    const second = await stage.server.startSecondBroker();
    try {
      const orphaned = { topic: "orphaned", replicaAssignment: [{ partition: 0, replicas: [2] }] };
      await stage.server.admin.createTopics({ topics: [orphaned], waitForLeaders: true });
      await expectPassed(run({ brokers: at(stage, "PLAIN"), topic: "orphaned" }));
    } finally {
      await second.stop();
    }
    const gone = { brokers: at(stage, "PLAIN"), topic: "orphaned" };
    await expect
      .poll(async () => (await run(gone)).failure?.message, { timeout: 20_000, interval: 200 })
      .toMatch(/Topic orphaned .* has partitions without a leader/);
  });

  it("leaves the topic as it was", async () => {
    await run({ brokers: at(stage, "SASL"), secret: WRITER });
    const offsets = await stage.server.admin.fetchTopicOffsets(TOPIC);
    expect(offsets.map(({ high }) => high)).toEqual(["0", "0", "0"]);
  });
});
