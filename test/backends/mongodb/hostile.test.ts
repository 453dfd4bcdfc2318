import { BSONRegExp, type Document } from "mongodb";
import { describe, expect, it } from "vitest";
import { mongodbProbe } from "../../../capabilities/probes/mongodb/probe";
import { mongodbCase, mongodbUri, PASSWORD, trusting } from "../../../lab/backends/mongodb";
import { runCase } from "../../../lab/backends/run-case";
import { createAuthority } from "../../../lab/pki";
import { message, reply, type Answer } from "../../../lab/servers/mongodb/stand-in";
import { expectFailure } from "../expect-report";
import { expectClean } from "../../contract/leaks";
import { refusal, server, STANDALONE } from "./answers";
import { runAgainst, start } from "./stand-in";

describe("logging in with a certificate", () => {
  it("sends the certificate of the Secret and no password", async () => {
    const authority = createAuthority();
    const { cert, key } = authority.issue({ names: ["kollect"], client: true });
    const standIn = await start(server(STANDALONE, { authenticate: () => ({ ok: 1 }) }), {
      tls: authority.issue({ names: ["localhost"] }),
      clientCa: authority.cert,
    });
    const uri = `mongodb://localhost:${standIn.port}/?authMechanism=MONGODB-X509`;
    const report = await runCase(
      mongodbProbe,
      mongodbCase(uri, { tls: trusting(authority.cert), keys: { "tls.crt": cert, "tls.key": key } }),
    );
    expect(report.failure).toBeUndefined();
    expect(standIn.asked()).toContain("authenticate");
  });
});

describe("a server that refuses the login", () => {
  it.each([
    [18, "AuthenticationFailed"],
    [8000, "AuthenticationFailed"],
    [13, "AuthenticationFailed"],
    [334, "UnsupportedAuthMechanism"],
    [2, "UnsupportedAuthMechanism"],
  ] as const)("with code %i is %s", async (code, cause) => {
    await expectFailure(runAgainst({ saslStart: () => refusal(code, `the password is ${PASSWORD}`) }), cause);
  });

  const payload =
    (text: string): Answer =>
    () => ({ conversationId: 1, done: false, payload: Buffer.from(text), ok: 1 });
  it.each([
    ["does not take our nonce up", payload("r=somebodyelses,s=c2FsdA==,i=15000")],
    ["wants too many iterations", echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=2000000000`)],
    ["wants iterations in another form", echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=9000000e-1`)],
    ["names its iterations twice", echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=9000000,ix5000`)],
    ["wants too few iterations", echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=1`)],
    ["sends no salt", echoing((nonce) => `r=${nonce}x,i=15000`)],
    ["sends no SCRAM at all", payload("hello")],
    ["sends no payload", () => ({ conversationId: 1, done: false, ok: 1 })],
  ])("is AuthenticationFailed at once when it %s", async (_, saslStart) => {
    const report = await expectFailure(
      runAgainst({ saslStart }, { query: "authMechanism=SCRAM-SHA-256" }),
      "AuthenticationFailed",
    );
    expect(report.latencyMs).toBeLessThan(3000);
  });

  it("is AuthenticationFailed when it cannot prove that it knows the password", async () => {
    await expectFailure(
      runAgainst(
        {
          saslStart: echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=4096`),
          saslContinue: () => ({ conversationId: 1, done: true, payload: Buffer.from("v=AAAA"), ok: 1 }),
        },
        { query: "authMechanism=SCRAM-SHA-256" },
      ),
      "AuthenticationFailed",
      "could not prove knowledge of user kollect",
    );
  });

  it("is told from a password that SASLprep does not allow", async () => {
    const standIn = await start(
      server(STANDALONE, { saslStart: echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=4096`) }),
    );
    const password = "bell\u0007-in-the-password";
    const uri = mongodbUri({ hosts: [standIn], password, query: "authMechanism=SCRAM-SHA-256" });
    const report = await runCase(mongodbProbe, mongodbCase(uri));
    expectClean(report, [password]);
    expect(report.failure?.cause).toBe("SecretValueInvalid");
  });
});

/** The server's first message, made of the client's nonce. */
function echoing(text: (nonce: string) => string): Answer {
  return ({ command }) => {
    const first = (command.payload as { toString(encoding: string): string }).toString("utf8");
    const nonce = /r=(.*)$/.exec(first)?.[1] ?? "";
    return { conversationId: 1, done: false, payload: Buffer.from(text(nonce)), ok: 1 };
  };
}

describe("a server whose collection has a validator", () => {
  it("is understood when its regular expression is none of JavaScript's", async () => {
    const validator = { cluster: new BSONRegExp("(?>a|ab)c", "x") };
    const cursor = { firstBatch: [{ name: "items", type: "collection", options: { validator } }] };
    const report = await runAgainst({ listCollections: () => ({ ok: 1, cursor }) });
    expect(report.failure?.cause).not.toBe("ProtocolError");
  });
});

describe("a server that breaks the protocol", () => {
  const valid = reply(STANDALONE, 1);
  const edited = (bytes: Buffer, edit: (copy: Buffer) => void): Buffer => {
    const copy = Buffer.from(bytes);
    edit(copy);
    return copy;
  };
  it.each([
    ["a message of negative length", edited(valid, (copy) => copy.writeInt32LE(-1, 0))],
    ["a message of 2 GiB", edited(valid, (copy) => copy.writeInt32LE(0x7fffffff, 0))],
    ["a compressed message", edited(valid, (copy) => copy.writeInt32LE(2012, 12))],
    ["no document", edited(valid, (copy) => copy.writeInt32LE(0, 32))],
    ["a document of negative length", edited(valid, (copy) => copy.writeInt32LE(-5, 36))],
    ["a document that is longer than its message", edited(valid, (copy) => copy.writeInt32LE(1_000_000, 36))],
    ["an element of an unknown type", edited(valid, (copy) => copy.writeUInt8(0x66, 40))],
    ["an answer to another question", reply(STANDALONE, 77)],
    ["two answers", Buffer.concat([valid, valid])],
    ["sections in sequence", edited(message(STANDALONE), (copy) => copy.writeUInt8(1, 20))],
    ["more to come", edited(message(STANDALONE), (copy) => copy.writeUInt32LE(2, 16))],
  ])("by sending %s is a ProtocolError", async (_, bytes) => {
    const report = await expectFailure(runAgainst({ ismaster: () => bytes }), "ProtocolError");
    expect(report.latencyMs).toBeLessThan(3000);
  });

  const LONG = "x".repeat(100_000);
  it.each([
    ["hello", { ismaster: () => ({ ...STANDALONE, hosts: [LONG] }) }],
    ["login", { saslStart: () => ({ ok: 1, conversationId: 1, done: false, payload: Buffer.from(LONG) }) }],
  ])("by answering %s at length is a ProtocolError", async (_, answers) => {
    await expectFailure(runAgainst(answers, { query: "authMechanism=SCRAM-SHA-256" }), "ProtocolError");
  });

  it("by nesting documents without end is a ProtocolError", async () => {
    let nested: Document = {};
    for (let depth = 0; depth < 2000; depth += 1) nested = { nested };
    const bytes = reply({ ...STANDALONE, nested }, 1);
    const report = await runAgainst({ ismaster: () => bytes });
    expect([undefined, "ProtocolError"]).toContain(report.failure?.cause);
  });

  it("by answering with everything of a wrong type is judged without a crash", async () => {
    const odd = {
      ok: 1,
      maxWireVersion: "21",
      setName: 5,
      hosts: "all",
      primary: {},
      saslSupportedMechs: [null],
    };
    await expectFailure(runAgainst({ ismaster: () => odd }), "ProtocolError");
  });

  it("by answering about the collection with what has no text or number is judged without a crash", async () => {
    const none = { toString: 0, valueOf: 0 };
    const cursor = { firstBatch: [{ name: "items", type: none, key: { inventory_namespace: none } }] };
    const answer = (): Document => ({ ok: 1, cursor });
    const report = await runAgainst({ listCollections: answer, listIndexes: answer });
    expect(report.failure?.cause).not.toBe("Internal");
  });

  it("by pretending to be a driver's error is taken by its code alone", async () => {
    const answer = {
      ...refusal(0),
      code: "ECONNREFUSED",
      cause: { code: "ENOTFOUND" },
      name: "x",
      stack: PASSWORD,
    };
    await expectFailure(runAgainst({ ping: () => answer }), "ProtocolError", "error code 0");
  });
});
