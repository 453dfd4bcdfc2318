import type { Document } from "mongodb";
import { afterEach, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { mongodbProbe } from "../../../capabilities/probes/mongodb/probe";
import {
  mongodbCase,
  mongodbUri,
  PASSWORD,
  trusting,
  type CaseOverrides,
} from "../../../lab/backends/mongodb";
import { runCase } from "../../../lab/backends/run-case";
import { createAuthority } from "../../../lab/pki";
import {
  message,
  reply,
  startStandIn,
  type Answer,
  type StandIn,
  type StandInOptions,
} from "../../../lab/servers/mongodb/stand-in";
import { expectClean } from "../../contract/leaks";
import { expectFailure, expectPassed, results } from "../expect-report";
import { collections, privilege, READ_WRITE, refusal, server, STANDALONE } from "./answers";

const started: StandIn[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((standIn) => standIn.close()));
});

async function start(answer: Answer, options?: StandInOptions): Promise<StandIn> {
  const standIn = await startStandIn(answer, options);
  started.push(standIn);
  return standIn;
}

/** PLAIN is the one login that a stand-in can take without knowing the password. */
async function run(
  answers: Readonly<Record<string, Answer>>,
  { query = "authMechanism=PLAIN", user, ...overrides }: CaseOverrides & { query?: string; user?: null } = {},
): Promise<ProbeReport> {
  const standIn = await start(server(STANDALONE, answers));
  const uri = mongodbUri({ hosts: [standIn], query, ...(user === null ? { user } : {}) });
  const report = await runCase(mongodbProbe, mongodbCase(uri, overrides), { timeoutMs: 4000 });
  expectClean(report, [PASSWORD]);
  return report;
}

const withPrivileges = (...privileges: Document[]): Readonly<Record<string, Answer>> => ({
  connectionStatus: () => ({ authInfo: { authenticatedUserPrivileges: privileges }, ok: 1 }),
});

describe("the user's privileges", () => {
  it("pass when they cover insert and update", async () => {
    const report = await expectPassed(run({}));
    expect(results(report).Authorize).toBe("Passed");
  });

  it("fail, and name what is lacking and where, when they do not", async () => {
    const report = await expectFailure(
      run(withPrivileges(privilege(READ_WRITE.resource as Document, ["find", "insert"]))),
      "PermissionDenied",
      "User kollect lacks update on inventory.items at 127.0.0.1",
    );
    expect(report.failure?.message).toContain("Grant it the role readWrite on database inventory");
  });

  it("fail for a user without any role", async () => {
    await expectFailure(run(withPrivileges()), "PermissionDenied");
  });

  it.each([13, 18, 8000])(
    "are not asked for again when the server refuses to tell with code %i",
    async (code) => {
      const report = await expectPassed(run({ connectionStatus: () => refusal(code) }));
      expect(results(report).Verify).toBe("Passed");
      expect(results(report).Authorize).toBe("Skipped: not permitted to ask");
    },
  );

  it.each([
    ["does not know the command", () => refusal(59)],
    ["does not know privileges", () => ({ authInfo: { authenticatedUsers: [] }, ok: 1 })],
    ["tells nonsense", () => ({ authInfo: { authenticatedUserPrivileges: "all" }, ok: 1 })],
  ])("are skipped when the server %s", async (_, connectionStatus) => {
    const report = await expectPassed(run({ connectionStatus }));
    expect(results(report).Authorize).toBe("Skipped: the server does not tell the user's privileges");
  });

  it("do not need the right to list collections", async () => {
    const report = await expectPassed(
      run({ listCollections: () => refusal(13) }, { provisioning: "existing" }),
    );
    expect(results(report).Authorize).toBe("Passed");
  });

  it("do not make a view writable", async () => {
    await expectFailure(
      run({ listCollections: () => collections([{ name: "items", type: "view" }]) }),
      "TargetNotFound",
      "is a view",
    );
  });
});

describe("a server without access control", () => {
  it("passes without a login", async () => {
    const report = await expectPassed(run({}, { query: "", user: null }));
    expect(results(report).Authenticate).toBe("Skipped: the connection string names no user");
    expect(results(report).Authorize).toBe("Passed");
  });
});

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
    await expectFailure(run({ saslStart: () => refusal(code, `the password is ${PASSWORD}`) }), cause);
  });

  const payload =
    (text: string): Answer =>
    () => ({ conversationId: 1, done: false, payload: Buffer.from(text), ok: 1 });
  it.each([
    ["does not take our nonce up", payload("r=somebodyelses,s=c2FsdA==,i=15000")],
    ["wants too many iterations", echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=2000000000`)],
    ["wants too few iterations", echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=1`)],
    ["sends no salt", echoing((nonce) => `r=${nonce}x,i=15000`)],
    ["sends no SCRAM at all", payload("hello")],
    ["sends no payload", () => ({ conversationId: 1, done: false, ok: 1 })],
  ])("is AuthenticationFailed at once when it %s", async (_, saslStart) => {
    const report = await expectFailure(
      run({ saslStart }, { query: "authMechanism=SCRAM-SHA-256" }),
      "AuthenticationFailed",
    );
    expect(report.latencyMs).toBeLessThan(3000);
  });

  it("is AuthenticationFailed when it cannot prove that it knows the password", async () => {
    await expectFailure(
      run(
        {
          saslStart: echoing((nonce) => `r=${nonce}x,s=c2FsdA==,i=4096`),
          saslContinue: () => ({ conversationId: 1, done: true, payload: Buffer.from("v=AAAA"), ok: 1 }),
        },
        { query: "authMechanism=SCRAM-SHA-256" },
      ),
      "AuthenticationFailed",
      "could not prove that it knows user kollect",
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
    const report = await expectFailure(run({ ismaster: () => bytes }), "ProtocolError");
    expect(report.latencyMs).toBeLessThan(3000);
  });

  it("by nesting documents without end is a ProtocolError", async () => {
    let nested: Document = {};
    for (let depth = 0; depth < 2000; depth += 1) nested = { nested };
    const bytes = reply({ ...STANDALONE, nested }, 1);
    const report = await run({ ismaster: () => bytes });
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
    await expectFailure(run({ ismaster: () => odd }), "ProtocolError");
  });

  it("by pretending to be a driver's error is taken by its code alone", async () => {
    const answer = {
      ...refusal(0),
      code: "ECONNREFUSED",
      cause: { code: "ENOTFOUND" },
      name: "x",
      stack: PASSWORD,
    };
    await expectFailure(run({ ping: () => answer }), "ProtocolError", "error code 0");
  });
});
