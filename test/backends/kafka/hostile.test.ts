import { describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { kafkaProbe } from "../../../capabilities/probes/kafka/probe";
import { API_KEYS } from "../../../capabilities/probes/kafka/requests";
import { kafkaCase, WRITER } from "../../../lab/backends/kafka";
import { runCase } from "../../../lab/backends/run-case";
import { faultServer, type Fault } from "../../../lab/faults";
import { expectFailure, expectPassed } from "../expect-report";
import { expectClean } from "../../contract/leaks";
import { duringTest } from "../../fixtures/during-test";

type Answer = (body: Buffer) => Buffer | Promise<Buffer>;

const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const list = (...items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items]);
const sized = (value: string): Buffer => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]);

const VERSIONS = Buffer.concat([
  int16(0),
  list(
    Buffer.concat([int16(API_KEYS.metadata), int16(0), int16(8)]),
    Buffer.concat([int16(API_KEYS.saslHandshake), int16(0), int16(1)]),
    Buffer.concat([int16(API_KEYS.saslAuthenticate), int16(0), int16(1)]),
  ),
]);
const MECHANISM_OK = Buffer.concat([int16(0), list(text("PLAIN"))]);
const LOGIN_OK = Buffer.concat([int16(0), text(""), sized("")]);

function saslMessage(message: string): Buffer {
  return Buffer.concat([int16(0), text(""), sized(message)]);
}

/** Metadata of a topic with one partition for each of these hosts, which its leader advertises. */
function metadata(hosts: readonly string[], port = 9092): Buffer {
  const brokers = hosts.map((host, id) => Buffer.concat([int32(id), text(host), int32(port), text("")]));
  const partitions = hosts.map((_, id) =>
    Buffer.concat([int16(0), int32(id), int32(id), int32(0), list(), list(), list()]),
  );
  const topic = Buffer.concat([
    int16(0),
    text("inventory"),
    Buffer.from([0]),
    list(...partitions),
    int32(1 << 4),
  ]);
  return Buffer.concat([int32(0), list(...brokers), text("cluster"), int32(0), list(topic), int32(0)]);
}

/** Where metadata has a count, and what stands before it. */
const METADATA_COUNTS: ReadonlyArray<readonly [what: string, before: Buffer]> = (() => {
  const cluster = Buffer.concat([int32(0), list(), text("cluster"), int32(0)]);
  const topic = Buffer.concat([cluster, int32(1), int16(0), text("inventory"), Buffer.from([0])]);
  const partition = Buffer.concat([topic, int32(1), int16(0), int32(0), int32(0), int32(0)]);
  return [
    ["brokers", int32(0)],
    ["topics", cluster],
    ["partitions", topic],
    ["replicas", partition],
    ["replicas in sync", Buffer.concat([partition, list()])],
    ["replicas offline", Buffer.concat([partition, list(), list()])],
  ] as const;
})();

/** A server that frames its answers as a broker does, and puts into them whatever a test wants. */
function hostile(answers: Partial<Record<number, Answer>>): Promise<Fault> {
  return faultServer((socket) => {
    socket.on("data", (chunk: Buffer) => {
      const answer = answers[chunk.readInt16BE(4)];
      if (!answer) return void socket.end();
      const idLength = chunk.readInt16BE(12);
      void Promise.resolve(answer(chunk.subarray(14 + idLength))).then((body) => {
        const frame = Buffer.concat([chunk.subarray(8, 12), body]);
        socket.write(Buffer.concat([int32(frame.length), frame]));
      });
    });
  });
}

async function probe(
  answers: Partial<Record<number, Answer>>,
  mechanism = "PLAIN",
): Promise<ProbeReport & { tookMs: number }> {
  const server = await duringTest(hostile({ [API_KEYS.apiVersions]: () => VERSIONS, ...answers }));
  const startedAt = Date.now();
  const probeCase = kafkaCase({ brokers: [server], secret: { ...WRITER, mechanism } });
  const report = await runCase(kafkaProbe, probeCase, { timeoutMs: 5000 });
  expectClean(report, [WRITER.password]);
  return { ...report, tookMs: Date.now() - startedAt };
}

const login = {
  [API_KEYS.saslHandshake]: () => MECHANISM_OK,
  [API_KEYS.saslAuthenticate]: () => LOGIN_OK,
};

describe("kafka: hostile servers", () => {
  it.each(
    [-2, 0x7fffffff, -0x80000000].flatMap((count) => METADATA_COUNTS.map((at) => [count, ...at] as const)),
  )("reports ProtocolError for metadata with %d %s", async (count, _what, before) => {
    const answers = { ...login, [API_KEYS.metadata]: () => Buffer.concat([before, int32(count), int32(0)]) };
    const report = await expectFailure(probe(answers), "ProtocolError");
    expect(report.tookMs).toBeLessThan(4000);
  });

  it.each([
    ["an array that is longer than the answer", Buffer.concat([int16(0), int32(0x7fffffff)])],
    ["an answer that ends early", int16(0)],
    ["an empty answer", Buffer.alloc(0)],
  ])("reports ProtocolError for %s", async (_, body) => {
    const report = await expectFailure(probe({ [API_KEYS.apiVersions]: () => body }), "ProtocolError");
    expect(report.tookMs).toBeLessThan(4000);
  });

  const MANY = 100_000;
  it.each([
    [
      "a hundred thousand mechanisms",
      API_KEYS.saslHandshake,
      [int16(0), int32(MANY), Buffer.alloc(2 * MANY)],
    ],
    [
      "a hundred thousand topics",
      API_KEYS.metadata,
      [int32(0), list(), text("cluster"), int32(0), int32(MANY), Buffer.alloc(13 * MANY), int32(0)],
    ],
  ])("reports ProtocolError for %s", async (_, apiKey, parts) => {
    await expectFailure(probe({ ...login, [apiKey]: () => Buffer.concat(parts) }), "ProtocolError");
  });

  it("does not repeat what the server says about a refused login", async () => {
    await expectFailure(
      probe({
        ...login,
        [API_KEYS.saslAuthenticate]: (body) =>
          Buffer.concat([int16(58), text(`refused ${body.toString("latin1")}`), sized("")]),
      }),
      "AuthenticationFailed",
    );
  });

  it("does not repeat mechanisms that only the server knows", async () => {
    const report = await expectFailure(
      probe({
        [API_KEYS.saslHandshake]: () =>
          Buffer.concat([int16(33), list(text("SCRAM-SHA-512"), text("\u001b[31mEVIL"))]),
      }),
      "UnsupportedAuthMechanism",
      /It offers SCRAM-SHA-512\./,
    );
    expect(report.failure?.message).not.toContain("EVIL");
  });

  it("does not repeat a password that comes back as an advertised name", async () => {
    const report = await probe({ ...login, [API_KEYS.metadata]: () => metadata([WRITER.password]) });
    expect(report.failure?.message).toMatch(/Broker 0, .* advertises an address/);
  });

  it.each([
    ["a name with a domain", "canary-5ecret.evil.example", /advertises an address, which refuses the login/],
    [
      "a name without one",
      "canary-5ecret",
      /advertises an address \(a name without a domain\), which refuses/,
    ],
    ["an address", "127.0.0.9", /advertises an address \(an IPv4 address\), which refuses the login/],
  ])("does not repeat %s of a broker that refuses the login", async (_, host, says) => {
    let logins = 0;
    const refusing = (): Buffer => {
      logins += 1;
      return logins === 1 ? LOGIN_OK : Buffer.concat([int16(58), text(host), sized("")]);
    };
    const leader = await duringTest(
      hostile({ [API_KEYS.apiVersions]: () => VERSIONS, ...login, [API_KEYS.saslAuthenticate]: refusing }),
    );
    logins += 1;
    const server = await duringTest(
      hostile({
        [API_KEYS.apiVersions]: () => VERSIONS,
        ...login,
        [API_KEYS.metadata]: () => metadata([host], leader.port),
      }),
    );
    const probeCase = kafkaCase({ brokers: [server], secret: { ...WRITER, mechanism: "PLAIN" } });
    const report = await runCase(kafkaProbe, probeCase, {
      resolveHost: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
    });
    expect(report.failure?.cause).toBe("AuthenticationFailed");
    expect(report.failure?.message).toMatch(says);
    expect(JSON.stringify(report)).not.toContain(host);
  });

  it("dials no more than 16 advertised addresses", async () => {
    const leader = await duringTest(hostile({ [API_KEYS.apiVersions]: () => VERSIONS, ...login }));
    // Those that are not dialled take no time from the others.
    const hosts = Array.from({ length: 2000 }, () => leader.host);
    await expectPassed(probe({ ...login, [API_KEYS.metadata]: () => metadata(hosts, leader.port) }));
    expect(leader.seen()).toBe(16);
  });

  const SCRAM: ReadonlyArray<readonly [what: string, answer: (nonce: string) => string]> = [
    ["asks for billions of rounds", (nonce) => `r=${nonce}x,s=c2FsdA==,i=2147483647`],
    ["asks for a number of rounds that is none", (nonce) => `r=${nonce}x,s=c2FsdA==,i=many`],
    ["asks for a number of rounds in another form", (nonce) => `r=${nonce}x,s=c2FsdA==,i=9000000e-1`],
    ["asks for too few rounds", (nonce) => `r=${nonce}x,s=c2FsdA==,i=1`],
    ["answers with another nonce", () => "r=other,s=c2FsdA==,i=4096"],
    ["leaves everything out", () => "e"],
    ["sends a message of 20 kB", () => `r=${"x".repeat(20_000)}`],
  ];
  function scram(answer: (nonce: string) => string): ReturnType<typeof probe> {
    const saslAuthenticate = (body: Buffer): ReturnType<typeof saslMessage> => {
      const nonce = /r=([^,]*)/.exec(body.toString("latin1"))?.[1] ?? "";
      return saslMessage(answer(nonce));
    };
    return probe({ ...login, [API_KEYS.saslAuthenticate]: saslAuthenticate }, "SCRAM-SHA-256");
  }
  it.each(SCRAM)("reports ProtocolError for a SCRAM server that %s", async (_, answer) => {
    const report = await expectFailure(scram(answer), "ProtocolError");
    expect(report.tookMs).toBeLessThan(4000);
  });

  it("names the limit to a SCRAM server that asks for more rounds than any broker has", async () => {
    const asking = scram((nonce) => `r=${nonce}x,s=c2FsdA==,i=200001`);
    await expectFailure(asking, "ProtocolError", "asks for more than 200,000 rounds of SCRAM");
  });

  it("reports ProtocolError for a SCRAM server that does not know the password", async () => {
    await expectFailure(
      probe(
        {
          ...login,
          [API_KEYS.saslAuthenticate]: (body) => {
            const [, nonce] = /n=[^,]*,r=([^,]*)/.exec(body.toString("latin1")) ?? [];
            return saslMessage(nonce === undefined ? "v=bm90IGl0" : `r=${nonce}x,s=c2FsdA==,i=4096`);
          },
        },
        "SCRAM-SHA-512",
      ),
      "ProtocolError",
      /did not prove knowledge of the password/,
    );
  });

  it("reports AuthenticationFailed when a SCRAM server refuses in the mechanism's own words", async () => {
    await expectFailure(
      probe({ ...login, [API_KEYS.saslAuthenticate]: () => saslMessage("e=invalid-proof") }, "SCRAM-SHA-256"),
      "AuthenticationFailed",
    );
  });

  it("reports Unreachable when the cluster has no controller", async () => {
    const body = metadata(["127.0.0.1"]);
    const answer = Buffer.from(body);
    // Behind the cluster's id.
    answer.writeInt32BE(-1, body.indexOf(text("cluster")) + text("cluster").length);
    const report = await probe({ ...login, [API_KEYS.metadata]: () => answer });
    expect(report.failure?.message).toMatch(/has no active controller/);
  });
});
