import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { hostPort } from "../../../capabilities/probes/messages";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import { login, natsCase, PASSWORD, STREAM, type NatsCase } from "../../../lab/backends/nats";
import { runCase } from "../../../lab/backends/run-case";
import { faultServer, type Fault } from "../../../lab/faults";
import { expectFailure, expectPassed } from "../expect-report";
import { expectClean } from "../../contract/leaks";
import { duringTest } from "../../fixtures/during-test";

const GREETING = 'INFO {"version":"2.15.2","headers":true,"auth_required":true}\r\n';

interface Script {
  readonly greeting?: string;
  /** What is sent when the client has introduced itself. */
  readonly welcome?: (connect: string) => string;
  /** The body of the answer to a question; undefined is silence. */
  readonly answer?: (subject: string) => string | undefined;
}

/** A server that speaks NATS and puts into its answers whatever a test wants. */
function hostile({ greeting = GREETING, welcome = () => "PONG\r\n", answer }: Script): Promise<Fault> {
  return faultServer((socket) => {
    socket.write(greeting);
    socket.on("data", (chunk) => {
      const said = chunk.toString("latin1");
      if (said.startsWith("CONNECT")) return void socket.write(welcome(said));
      const [, subject = "", reply = ""] = /PUB (\S+) (\S+) /.exec(said) ?? [];
      const body = answer?.(subject);
      if (body === undefined) return said.includes("PING") ? void socket.write("PONG\r\n") : undefined;
      socket.write(`MSG ${reply} 1 ${Buffer.byteLength(body)}\r\n${body}\r\n`);
    });
  });
}

async function probe(script: Script, options: NatsCase = {}): Promise<ProbeReport & { tookMs: number }> {
  const server = await duringTest(hostile(script));
  const startedAt = Date.now();
  const probeCase = natsCase({ url: `nats://${hostPort(server)}`, secret: login("kollect"), ...options });
  const report = await runCase(natsProbe, probeCase, { timeoutMs: 3000 });
  expectClean(report, [PASSWORD]);
  return { ...report, tookMs: Date.now() - startedAt };
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
    ["a greeting that does not end", `INFO {"a":"${"x".repeat(2 * 1024 * 1024)}`],
  ])("reports ProtocolError for %s", async (_, greeting) => {
    const report = await expectFailure(probe({ greeting }), "ProtocolError");
    expect(report.tookMs).toBeLessThan(2500);
  });

  it("takes only numbers from a version", async () => {
    const version = `2.15.2-${PASSWORD}`;
    const report = await probe({ greeting: `INFO ${JSON.stringify({ version, headers: true })}\r\n` });
    expect(report.serverVersion).toBe("2.15.2");
  });

  it("believes nothing that stands behind the greeting where TLS begins", async () => {
    const greeting = 'INFO {"version":"2.15.2","tls_required":true}\r\nPONG\r\n';
    const report = await expectFailure(probe({ greeting }), "ProtocolError");
    expect(report.tls).toBeUndefined();
  });

  it("does not send the login to a server that takes back its TLS", async () => {
    let heard = "";
    const welcome = (connect: string): string => {
      heard = connect;
      return "PONG\r\n";
    };
    await expectFailure(probe({ welcome }, { tls: {} }), "TLSFailed");
    expect(heard).toBe("");
  });

  it("does not repeat what the server says about the login", async () => {
    await expectFailure(probe({ welcome: (connect) => `-ERR '${connect.trim()}'\r\n` }), "ProtocolError");
  });

  it("does not repeat what JetStream says", async () => {
    const error = { code: 500, err_code: 1, description: `refused ${PASSWORD}` };
    await expectFailure(probe({ answer: streamAnswer({ error }) }, { stream: STREAM }), "ProtocolError");
  });

  const ANSWERS: ReadonlyArray<readonly [answer: unknown, cause: Cause]> = [
    ["nonsense", "ProtocolError"],
    ["", "ProtocolError"],
    [{ error: {} }, "ProtocolError"],
    [[], "TargetNotFound"],
    [{ config: { subjects: "inventory.items" } }, "TargetNotFound"],
    [{ config: { subjects: [7, null, {}] } }, "TargetNotFound"],
    [{ config: { subjects: Array.from({ length: 20_000 }, (_, at) => `other.${at}.>`) } }, "TargetNotFound"],
  ];
  it.each(ANSWERS)("is not misled by the answer %j about the stream", async (answer, cause) => {
    await expectFailure(probe({ answer: streamAnswer(answer) }, { stream: STREAM }), cause);
  });

  it("reports TimedOut when nobody answers for the stream", async () => {
    await expectFailure(probe({}, { stream: STREAM }), "TimedOut", /during Verify/);
  });

  it.each([
    ["is silent about it", undefined],
    ["answers nonsense", "nonsense"],
    ["answers with an error", '{"error":{"code":500}}'],
  ])("skips Authorize when the server is asked for rights and %s", async (_, body) => {
    const report = await expectPassed(
      probe({ answer: (subject) => (subject.startsWith("$SYS") ? body : undefined) }),
    );
    expect(report.phases.at(-1)).toMatchObject({ result: "Skipped", why: "not permitted to ask" });
  });

  it("does not fail for a missing stream when nobody says whether it may be created", async () => {
    const error = { code: 404, err_code: 10059 };
    const answer = (subject: string): string | undefined =>
      subject.startsWith("$JS") ? JSON.stringify(subject.endsWith("INFO") ? {} : { error }) : undefined;
    const report = await expectPassed(probe({ answer }, { stream: STREAM }));
    const why = expect.stringContaining("does not say whether it may be created") as string;
    expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Skipped", why });
  });

  it("answers a server's PING while it waits", async () => {
    let pongs = 0;
    const server = await duringTest(
      faultServer((socket) => {
        socket.write(GREETING);
        socket.on("data", (chunk) => {
          const said = chunk.toString("latin1");
          if (said.startsWith("CONNECT")) socket.write("PING\r\n");
          if (!said.includes("PONG")) return;
          pongs += 1;
          socket.write("PONG\r\n");
        });
      }),
    );
    const probeCase = natsCase({ url: `nats://${hostPort(server)}`, secret: login("kollect") });
    await runCase(natsProbe, probeCase, { timeoutMs: 1000 });
    expect(pongs).toBe(1);
  });
});
