import { describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { hostPort } from "../../../capabilities/probes/messages";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import { expectClean } from "../../contract/leaks";
import { runCase } from "../../../lab/backends/run-case";
import { faultServer, type Fault } from "../../../lab/faults";
import { login, natsCase, PASSWORD, STREAM, SUBJECT, type NatsCase } from "../../../lab/backends/nats";

const GREETING = 'INFO {"version":"2.15.2","headers":true,"auth_required":true}\r\n';

interface Script {
  readonly greeting?: string;
  /** What is sent when the client has introduced itself. */
  readonly welcome?: (connect: string) => string;
  /** The body of the answer to a question; null is silence, undefined what a server says to a user with all rights. */
  readonly answer?: (subject: string) => string | null | undefined;
}

const UNREADABLE = JSON.stringify({ error: { code: 400, err_code: 10025 } });
const isRequest = (subject: string): boolean => /STREAM\.(UPDATE|CREATE)/.test(subject);

/** A server that speaks NATS and puts into its answers whatever a test wants. */
function hostile({ greeting = GREETING, welcome = () => "PONG\r\n", answer }: Script): Promise<Fault> {
  return faultServer((socket) => {
    socket.write(greeting);
    socket.on("data", (chunk) => {
      const said = chunk.toString("latin1");
      if (said.startsWith("CONNECT")) return void socket.write(welcome(said));
      for (const [, subject = "", reply = ""] of said.matchAll(/PUB (\S+) (\S+) /g)) {
        const body = answerTo(subject, answer);
        if (body !== null) socket.write(`MSG ${reply} 1 ${Buffer.byteLength(body)}\r\n${body}\r\n`);
      }
    });
  });
}

function answerTo(subject: string, answer: Script["answer"] = () => undefined): string | null {
  const scripted = answer(subject);
  if (scripted !== undefined) return scripted;
  return isRequest(subject) ? UNREADABLE : null;
}

async function probe(script: Script, options: NatsCase = {}): Promise<ProbeReport & { tookMs: number }> {
  const server = await hostile(script);
  try {
    const startedAt = Date.now();
    const probeCase = natsCase({ url: `nats://${hostPort(server)}`, secret: login("kollect"), ...options });
    const report = await runCase(natsProbe, probeCase, { timeoutMs: 3000 });
    expectClean(report, [PASSWORD]);
    return { ...report, tookMs: Date.now() - startedAt };
  } finally {
    await server.close();
  }
}

const streamAnswer = (answer: unknown): Script["answer"] => {
  const body = typeof answer === "string" ? answer : JSON.stringify(answer);
  return (subject) => (subject.startsWith("$JS.API.STREAM.INFO") ? body : undefined);
};

describe("nats: hostile servers", () => {
  it.each([
    ["a greeting that is no object", "INFO 5\r\n"],
    ["a greeting that is no JSON", "INFO {\r\n"],
    ["no greeting but a message", "MSG a 1 2\r\nhi\r\n"],
    ["a greeting of lists in lists", `INFO ${"[".repeat(100_000)}${"]".repeat(100_000)}\r\n`],
    ["a greeting that does not end", `INFO {"a":"${"x".repeat(2 * 1024 * 1024)}`],
  ])("reports ProtocolError for %s", async (_, greeting) => {
    const report = await probe({ greeting });
    expect(report.failure?.cause).toBe("ProtocolError");
    expect(report.tookMs).toBeLessThan(2500);
  });

  it.each([
    ["all its answers are long", `{"x":[${"{},".repeat(150_000)}{}]}`],
    ["one answer is longer than any", `{"x":"${"x".repeat(600_000)}"}`],
  ])("reports ProtocolError for a server when %s", async (_, body) => {
    expect((await probe({ answer: () => body })).failure?.cause).toBe("ProtocolError");
  });

  it("takes only numbers from a version", async () => {
    const version = `2.15.2-${PASSWORD}`;
    const report = await probe({ greeting: `INFO ${JSON.stringify({ version, headers: true })}\r\n` });
    expect(report.serverVersion).toBe("2.15.2");
  });

  it("believes nothing that stands behind the greeting where TLS begins", async () => {
    const greeting = 'INFO {"version":"2.15.2","tls_required":true}\r\nPONG\r\n';
    const report = await probe({ greeting });
    expect(report.failure?.cause).toBe("ProtocolError");
    expect(report.tls).toBeUndefined();
  });

  it("does not send the login to a server that takes back its TLS", async () => {
    let heard = "";
    const welcome = (connect: string): string => {
      heard = connect;
      return "PONG\r\n";
    };
    const report = await probe({ welcome }, { tls: { insecureSkipVerify: true } });
    expect(report.failure?.cause).toBe("TLSFailed");
    expect(heard).toBe("");
  });

  it("does not repeat what the server says about the login", async () => {
    const report = await probe({ welcome: (connect) => `-ERR '${connect.trim()}'\r\n` });
    expect(report.failure?.cause).toBe("ProtocolError");
  });

  it("does not repeat what JetStream says", async () => {
    const error = { code: 500, err_code: 1, description: `refused ${PASSWORD}` };
    const report = await probe({ answer: streamAnswer({ error }) }, { stream: STREAM });
    expect(report.failure?.cause).toBe("ProtocolError");
  });

  it.each(["nonsense", "", { error: {} }])(
    "reports ProtocolError for the answer %j about the stream",
    async (answer) => {
      const report = await probe({ answer: streamAnswer(answer) }, { stream: STREAM });
      expect(report.failure?.cause).toBe("ProtocolError");
    },
  );

  const MANY = Array.from({ length: 20_000 }, (_, at) => `other.${at}.>`);
  it.each([
    ["no object", []],
    ["no list of subjects", { config: { subjects: "inventory.items" } }],
    ["no subjects in the list", { config: { subjects: [7, null, {}] } }],
    ["very many subjects", { config: { subjects: MANY } }],
    ["settings of other types", { config: { subjects: [SUBJECT], storage: 7, mirror: "x", max_age: {} } }],
  ])("is not misled by an answer about the stream with %s", async (_, answer) => {
    const report = await probe({ answer: streamAnswer(answer) }, { stream: STREAM });
    expect(report.failure).toBeUndefined();
  });

  it.each([
    ["names", "$JS.API.STREAM.NAMES", { streams: [PASSWORD] }],
    ["an account", "$JS.API.INFO", { limits: { max_storage: 0 }, note: PASSWORD }],
    [
      "its rights",
      "$SYS.REQ.USER.INFO",
      { data: { permissions: { publish: { deny: [SUBJECT, PASSWORD] } } } },
    ],
  ])("does not repeat what the server says of %s", async (_, subject, answer) => {
    const report = await probe({
      answer: (asked) => (asked === subject ? JSON.stringify(answer) : undefined),
    });
    expect(report.failure).toBeDefined();
  });

  it("reports TimedOut when the request about the stream is not answered", async () => {
    const report = await probe({ answer: () => null }, { stream: STREAM });
    expect(report.failure?.cause).toBe("TimedOut");
    expect(report.failure?.message).toMatch(/during Verify/);
  });

  const needs = ({ unproven = [] }: ProbeReport): string[] => unproven.map(({ need }) => need);

  it.each([
    ["is silent about it", null],
    ["answers nonsense", "nonsense"],
    ["answers with an error", '{"error":{"code":500}}'],
  ])("proves no right to the subject when the server is asked for rights and %s", async (_, body) => {
    const report = await probe({ answer: (subject) => (subject.startsWith("$SYS") ? body : undefined) });
    expect(report.failure).toBeUndefined();
    expect(needs(report)).toContain("nats:PublishSubject");
  });

  it("is not misled by an account whose number of streams is none", async () => {
    const account = { limits: { max_streams: 1 }, streams: { toString: 0, valueOf: 0 } };
    const missing = { error: { code: 404, err_code: 10059 } };
    const answers: Record<string, unknown> = { "$JS.API.INFO": account };
    answers[`$JS.API.STREAM.INFO.${STREAM}`] = missing;
    const answer = (subject: string): string | undefined =>
      subject in answers ? JSON.stringify(answers[subject]) : undefined;
    expect((await probe({ answer }, { stream: STREAM })).failure?.cause).not.toBe("Internal");
  });

  it("skips Authorize when no answer proves anything", async () => {
    const report = await probe({ answer: (subject) => (isRequest(subject) ? "{}" : undefined) });
    expect(report.failure).toBeUndefined();
    expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Skipped" });
    expect(needs(report)).toEqual(
      expect.arrayContaining(["nats:PublishStreamUpdate", "nats:PublishStreamCreate"]),
    );
  });

  it("answers a server's PING while it waits", async () => {
    let pongs = 0;
    const server = await faultServer((socket) => {
      socket.write(GREETING);
      socket.on("data", (chunk) => {
        const said = chunk.toString("latin1");
        if (said.startsWith("CONNECT")) socket.write("PING\r\n");
        if (!said.includes("PONG")) return;
        pongs += 1;
        socket.write("PONG\r\n");
      });
    });
    try {
      const probeCase = natsCase({ url: `nats://${hostPort(server)}`, secret: login("kollect") });
      await runCase(natsProbe, probeCase, { timeoutMs: 1000 });
      expect(pongs).toBe(1);
    } finally {
      await server.close();
    }
  });

  it.each([
    ["asks without end", "PING\r\n"],
    ["agrees without end", "+OK\r\n"],
    ["sends messages without end", "MSG other 9 4\r\nabcd\r\n"],
  ])("reports ProtocolError for a server that %s and does not read", async (_, said) => {
    const flood = Buffer.from(said.repeat(10_000));
    const server = await faultServer((socket) => {
      socket.write(GREETING);
      socket.pause();
      const pour = (): void => void (socket.destroyed || socket.write(flood, () => setImmediate(pour)));
      pour();
    });
    try {
      const probeCase = natsCase({ url: `nats://${hostPort(server)}`, secret: login("kollect") });
      const report = await runCase(natsProbe, probeCase, { timeoutMs: 3000 });
      expect(report.failure?.cause).toBe("ProtocolError");
      expect(report.failure?.message).toMatch(/sends too much data or does not read/);
      expect(report.latencyMs).toBeLessThan(2000);
    } finally {
      await server.close();
    }
  });
});
