import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { mongodbProbe } from "../../../capabilities/probes/mongodb/probe";
import {
  mongodbCase,
  mongodbUri,
  PASSWORD,
  trusting,
  USER,
  type CaseOverrides,
} from "../../../lab/backends/mongodb";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { proxy, type ProxyOptions } from "../../../lab/faults";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startFerretdb, type FerretdbServer } from "../../../lab/servers/mongodb/ferretdb";
import { ALL_PASSED, expectFailure, expectPassed, results, runsOf } from "../expect-report";

const APP = "authSource=app";
const ASCII = { user: "plain-user", password: "plain-password" };

let authority: Authority;
let server: FerretdbServer;
let mutual: FerretdbServer;

beforeAll(async () => {
  authority = createAuthority();
  const tls = authority.issue({ names: ["localhost"] });
  [server, mutual] = await Promise.all([
    startFerretdb({ tls }),
    startFerretdb({ tls, clientCa: authority.cert }),
  ]);
  for (const one of [server, mutual]) {
    await one.command("app", { createUser: USER, pwd: PASSWORD, roles: [] });
  }
  await server.command("app", { createUser: ASCII.user, pwd: ASCII.password, roles: [] });
  await server.command("inventory", { create: "items" });
});
afterAll(() => Promise.all([server?.stop(), mutual?.stop()]));

const run = runsOf(mongodbProbe, [PASSWORD, ASCII.password]);

/** The server without TLS. */
function plain(query = APP, overrides: CaseOverrides = {}): ProbeCase {
  return mongodbCase(mongodbUri({ hosts: [server], query }), overrides);
}

/** The server with TLS, by a name that its certificate has. */
function secured(port: number, overrides: CaseOverrides = {}, query = APP): ProbeCase {
  return mongodbCase(mongodbUri({ hosts: [{ host: "localhost", port }], query }), {
    tls: trusting(authority.cert),
    ...overrides,
  });
}

describe("a MongoDB sink that works", () => {
  it("passes every phase that a server without roles can answer, and says what it could not tell", async () => {
    const report = await expectPassed(run(secured(server.tlsPort)));
    expect(results(report)).toEqual({
      ...ALL_PASSED,
      Authorize: "Skipped: the server does not tell the user's privileges",
    });
    expect(report.tls?.version).toMatch(/^TLSv1\.[23]$/);
    expect(report.insecure).toBeUndefined();
    expect(report.endpoint).toBe(`localhost:${server.tlsPort}`);
  });

  it.each(["uri", "url", "connectionString", "MONGODB_URI"])(
    "reads the connection string from the key %s",
    async (key) => {
      const { sink, secrets } = plain();
      const uri = secrets["spec.mongodb.databaseRef"]?.uri ?? "";
      await expectPassed(run({ sink, secrets: { "spec.mongodb.databaseRef": { [key]: `${uri}\n` } } }));
    },
  );

  it.each(["SCRAM-SHA-256", "SCRAM-SHA-1"])(
    "logs in with %s when the string asks for it",
    async (mechanism) => {
      const uri = mongodbUri({ hosts: [server], ...ASCII, query: `${APP}&authMechanism=${mechanism}` });
      await expectPassed(run(mongodbCase(uri)));
    },
  );

  it("takes the database of the path for the one that knows the user", async () => {
    const uri = mongodbUri({ hosts: [server] }).replace(/\/$/, "/app");
    await expectPassed(run(mongodbCase(uri)));
  });

  it("shows that a connection without TLS is plain text", async () => {
    const report = await run(plain());
    expect(report.insecure).toBe("PlainText");
    expect(results(report).TLS).toBe("Skipped: the connection string does not ask for TLS");
  });

  it("creates nothing", async () => {
    const before = await server.command("admin", { listDatabases: 1, nameOnly: true });
    await run(plain(APP, { database: "never_made", collection: "never_made" }));
    expect(await server.command("admin", { listDatabases: 1, nameOnly: true })).toEqual(before);
  });

  it("finds a collection that must exist", async () => {
    await expectPassed(run(plain(APP, { provisioning: "existing" })));
  });
});

describe("a MongoDB sink that does not work", () => {
  it("reports AuthenticationFailed, with the Secret's key, when the password is wrong", async () => {
    const uri = mongodbUri({ hosts: [server], password: "not-the-password", query: APP });
    const report = await expectFailure(run(mongodbCase(uri)), "AuthenticationFailed");
    expect(report.failure?.message).toBe(
      `MongoDB at 127.0.0.1:${server.port} refused the login of user kollect: wrong password, no such user in its ` +
        "authSource, or none of its mechanisms fits. Check the key uri of Secret mongo-uri.",
    );
    expect(report.phases.at(-1)).toMatchObject({ name: "Authenticate", result: "Failed" });
  });

  it.each([
    ["the user does not exist", () => mongodbUri({ hosts: [server], user: "nobody", query: APP })],
    ["the user is not in authSource", () => mongodbUri({ hosts: [server], query: "authSource=elsewhere" })],
    [
      "the server does not have the mechanism for the user",
      () => mongodbUri({ hosts: [server], query: "authMechanism=PLAIN" }),
    ],
  ])("reports AuthenticationFailed when %s", async (_, uri) => {
    await expectFailure(run(mongodbCase(uri())), "AuthenticationFailed");
  });

  it("reports AuthenticationFailed when the server wants a login and the string has none", async () => {
    const report = await expectFailure(
      run(mongodbCase(mongodbUri({ hosts: [server], user: null }))),
      "AuthenticationFailed",
      "names no user",
    );
    expect(results(report)).toMatchObject({ Authenticate: "Skipped: the connection string names no user" });
  });

  it("reports TargetNotFound for a missing collection only when the sink may not make it", async () => {
    await expectFailure(
      run(plain(APP, { collection: "missing", provisioning: "existing" })),
      "TargetNotFound",
      "has no collection missing",
    );
    await expectPassed(run(plain(APP, { collection: "missing" })));
  });

  it("reports a standalone server behind replicaSet at once", async () => {
    const startedAt = Date.now();
    const report = await run(plain(`${APP}&replicaSet=rs0`), { timeoutMs: 10_000 });
    expect(Date.now() - startedAt).toBeLessThan(5000);
    expect(report.failure?.cause).toBe("InvalidConfiguration");
    expect(report.failure?.message).toContain("is a standalone server, not a member of replica set rs0");
  });

  it("reports standalone servers that are named as if they belonged together", async () => {
    const uri = mongodbUri({ hosts: [server, { host: "localhost", port: server.port }], query: APP });
    await expectFailure(run(mongodbCase(uri)), "InvalidConfiguration");
  });

  it("reports a port of TLS that is spoken to in plain text, and the other way round", async () => {
    const talkingPlain = await run(
      mongodbCase(mongodbUri({ hosts: [{ host: "localhost", port: server.tlsPort }], query: APP })),
    );
    expect(["ProtocolError", "Unreachable"]).toContain(talkingPlain.failure?.cause);
    const talkingTls = await run(plain(`${APP}&tls=true`), { timeoutMs: 2000 });
    expect(["TLSFailed", "TimedOut"]).toContain(talkingTls.failure?.cause);
  });
});

describe("TLS with MongoDB", () => {
  it("is on for a sink that says whom to trust, and off when the string says so", async () => {
    expect((await run(secured(server.tlsPort))).tls).toBeDefined();
    const off = await expectPassed(run(plain(`${APP}&tls=false`, { tls: trusting(authority.cert) })));
    expect(off.insecure).toBe("PlainText");
  });

  it.each([
    ["tlsInsecure=true", "127.0.0.1", undefined],
    ["tlsAllowInvalidCertificates=true", "localhost", undefined],
    ["tlsAllowInvalidHostnames=true", "127.0.0.1", "ca"],
  ])("works with %s, and shows it", async (option, host, ca) => {
    const uri = mongodbUri({ hosts: [{ host, port: server.tlsPort }], query: `${APP}&tls=true&${option}` });
    const report = await expectPassed(run(mongodbCase(uri, ca ? { tls: trusting(authority.cert) } : {})));
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("still wants a trusted certificate with tlsAllowInvalidHostnames", async () => {
    const query = `${APP}&tls=true&tlsAllowInvalidHostnames=true`;
    await expectFailure(
      run(mongodbCase(mongodbUri({ hosts: [{ host: "127.0.0.1", port: server.tlsPort }], query }))),
      "TLSUntrusted",
    );
  });

  it("shows spec.tls.insecureSkipVerify", async () => {
    const report = await expectPassed(run(secured(server.tlsPort, { tls: { insecureSkipVerify: true } })));
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("gives the client certificate of the Secret to a server that asks for one", async () => {
    const { cert, key } = authority.issue({ names: ["kollect"], client: true });
    await expectPassed(run(secured(mutual.tlsPort, { keys: { "tls.crt": cert, "tls.key": key } })));
  });

  it("reports a client certificate that is missing or that the server does not trust", async () => {
    const { cert, key } = createAuthority("Another CA").issue({ names: ["kollect"], client: true });
    const missing = await run(secured(mutual.tlsPort));
    const untrusted = await run(secured(mutual.tlsPort, { keys: { "tls.crt": cert, "tls.key": key } }));
    expect([missing.failure?.cause, untrusted.failure?.cause]).toEqual([
      "AuthenticationFailed",
      "AuthenticationFailed",
    ]);
  });
});

describe("a bad connection to MongoDB", () => {
  async function through(options: ProxyOptions, timeoutMs: number): Promise<[ProbeReport, number]> {
    const between = await proxy(server, options);
    const startedAt = Date.now();
    try {
      const report = await run(mongodbCase(mongodbUri({ hosts: [between], query: APP })), { timeoutMs });
      const tookMs = Date.now() - startedAt;
      for (let waited = 0; between.open() > 0 && waited < 1000; waited += 10) await sleep(10);
      expect(between.open()).toBe(0);
      return [report, tookMs];
    } finally {
      await between.close();
    }
  }

  it("works when it is slow", async () => {
    const [report] = await through({ latencyMs: 50 }, 10_000);
    expect(report.failure).toBeUndefined();
    expect(report.latencyMs).toBeGreaterThan(400);
  });

  it.each([10, 300, 600])("is Unreachable when it is cut after %i bytes", async (cutAfterBytes) => {
    const [report] = await through({ cutAfterBytes }, 5000);
    expect(report.failure?.cause).toBe("Unreachable");
  });

  it.each([10, 300, 600])("is TimedOut when it stalls after %i bytes", async (stallAfterBytes) => {
    const [report, tookMs] = await through({ stallAfterBytes }, 700);
    expect(report.failure?.cause).toBe("TimedOut");
    expect(tookMs).toBeLessThan(2700);
  });
});

describe("what the bundle leaves out of the driver", () => {
  it("was loaded by none of the probes above", () => {
    const { cache } = createRequire(import.meta.url);
    const loaded = Object.keys(cache).filter((path) => path.includes("/node_modules/"));
    expect(loaded.some((path) => path.includes("/mongodb/lib/cmap/auth/scram.js"))).toBe(true);
    const optional =
      /\/(socks|kerberos|snappy|zstd|gcp-metadata|mongodb-client-encryption|credential-providers)\//;
    expect(loaded.filter((path) => optional.test(path))).toEqual([]);
  });
});
