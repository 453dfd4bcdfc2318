import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import { expectClean } from "../../contract/leaks";
import { runCase, type RunOptions } from "../../../lab/backends/run-case";
import { waitUntil } from "../../../lab/control-plane/wait";
import { blackHole, proxy, refusedPort } from "../../../lab/faults";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startNats, type NatsServer } from "../../../lab/servers/nats";
import {
  contents,
  login,
  natsCase,
  PASSWORD,
  startWithStreams,
  STREAM,
  trusting,
  WRONG_PASSWORD,
  type NatsCase,
} from "../../../lab/backends/nats";
import { jwtWorld, nkeyPair, type JwtWorld } from "../../../lab/backends/nats-keys";

const TOKEN = "a-token-that-nobody-guesses";
const key = nkeyPair();
const stranger = nkeyPair();

let authority: Authority;
let clients: Authority;
let jwts: JwtWorld;
let streams: NatsServer;
/** Those that one part of the tests has started. */
const servers: NatsServer[] = [];

async function stopServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
}

async function start(options: Parameters<typeof startNats>[0]): Promise<NatsServer> {
  const server = await startNats({ jetstream: true, ...options });
  servers.push(server);
  return server;
}

beforeAll(async () => {
  authority = createAuthority();
  clients = createAuthority("Kollect Client CA");
  jwts = jwtWorld();
  streams = await startWithStreams();
});
afterAll(() => streams?.stop());

async function run(options: NatsCase, more?: RunOptions): Promise<ProbeReport> {
  const probeCase = natsCase(options);
  const report = await runCase(natsProbe, probeCase, more);
  // Nothing comes after a failure, unless there is another server.
  const failedAt = report.phases.findIndex(({ result }) => result === "Failed");
  if (failedAt >= 0 && !report.endpoint?.includes(",")) expect(report.phases.slice(failedAt + 1)).toEqual([]);
  const { username: _, ...secret } = options.secret ?? {};
  expectClean(report, [PASSWORD, WRONG_PASSWORD, TOKEN, ...Object.values(secret)]);
  return report;
}

async function expectFailure(options: NatsCase, cause: Cause, words: RegExp): Promise<ProbeReport> {
  const report = await run(options);
  expect(report.failure?.message).toMatch(words);
  expect(report.failure?.cause).toBe(cause);
  return report;
}

function results(report: ProbeReport): Record<string, string> {
  return Object.fromEntries(report.phases.map(({ name, result }) => [name, result]));
}

function urlOf({ host, port }: { host: string; port: number }, scheme = "nats"): string {
  return `${scheme}://${host}:${port}`;
}

function localhost({ port }: { port: number }, scheme = "nats"): string {
  return `${scheme}://localhost:${port}`;
}

/** Where a server of a cluster listens for the others. */
function routePort(server: NatsServer): Promise<number> {
  const port = (): number =>
    Number(/Listening for route connections on [^\s]*:(\d+)/.exec(server.log())?.[1]);
  return waitUntil({ what: "the port for routes", timeoutMs: 20_000 }, () =>
    Promise.resolve(port() || undefined),
  );
}

async function greetingOf({ host, port }: NatsServer): Promise<string> {
  const socket = connect(port, host);
  const [greeting] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return greeting.toString();
}

describe("nats: logins", () => {
  afterAll(stopServers);
  let tokens: NatsServer;
  let nkeys: NatsServer;
  let operators: NatsServer;
  let open: NatsServer;
  beforeAll(async () => {
    [tokens, nkeys, operators, open] = await Promise.all([
      start({ config: { authorization: { token: TOKEN } } }),
      start({ config: { authorization: { users: [{ nkey: key.publicKey }] } } }),
      start({ config: jwts.config }),
      start({}),
    ]);
  });

  it("proves a user's password", async () => {
    const report = await run({ url: urlOf(streams), stream: STREAM, secret: login("kollect") });
    expect(report.failure).toBeUndefined();
    expect(results(report)).toMatchObject({ Authenticate: "Passed", Verify: "Passed", Authorize: "Passed" });
    expect(report).toMatchObject({ serverVersion: "2.15.2", insecure: "PlainText" });
  });

  it("proves a token", async () => {
    const report = await run({ url: urlOf(tokens), secret: { token: TOKEN } });
    expect(report.failure).toBeUndefined();
  });

  it("proves an nkey", async () => {
    const report = await run({ url: urlOf(nkeys), secret: { nkey: `${key.seed}\n` } });
    expect(report.failure).toBeUndefined();
    expect(results(report)).toMatchObject({ Authenticate: "Passed" });
  });

  it("proves a credentials file", async () => {
    const report = await run({ url: urlOf(operators), secret: { creds: jwts.creds() } });
    expect(report.failure).toBeUndefined();
    expect(results(report)).toMatchObject({ Authenticate: "Passed" });
  });

  const REFUSED: ReadonlyArray<readonly [what: string, make: () => NatsCase, words: RegExp]> = [
    [
      "a wrong password",
      () => ({ url: urlOf(streams), secret: login("kollect", WRONG_PASSWORD) }),
      /refused user kollect\. Check the keys username and password of Secret nats-login/,
    ],
    [
      "an unknown user",
      () => ({ url: urlOf(streams), secret: login("nobody", WRONG_PASSWORD) }),
      /refused user nobody/,
    ],
    [
      "a wrong token",
      () => ({ url: urlOf(tokens), secret: { token: WRONG_PASSWORD } }),
      /refused the token\. Check the key token of Secret nats-login/,
    ],
    [
      "an nkey that the server does not know",
      () => ({ url: urlOf(nkeys), secret: { nkey: stranger.seed } }),
      /refused the nkey\. Check the key nkey/,
    ],
    [
      "credentials with another user's seed",
      () => ({ url: urlOf(operators), secret: { creds: jwts.creds({ seed: stranger.seed }) } }),
      /refused the user of the credentials\. Check the key creds/,
    ],
    [
      "credentials that have expired",
      () => ({ url: urlOf(operators), secret: { creds: jwts.creds({ expired: true }) } }),
      /the user of the credentials/,
    ],
    [
      "no login where the server asks for one",
      () => ({ url: urlOf(tokens) }),
      /refused the client, which gave no login\. Check that spec\.nats\.secretRef/,
    ],
    ["the wrong kind of login", () => ({ url: urlOf(nkeys), secret: { token: TOKEN } }), /refused the token/],
  ];
  it.each(REFUSED)("reports AuthenticationFailed for %s", async (_, make, words) => {
    await expectFailure(make(), "AuthenticationFailed", words);
  });

  it("says that a login was not asked for", async () => {
    const report = await run({ url: urlOf(open), secret: login("kollect") });
    expect(report.failure).toBeUndefined();
    expect(report.phases.find(({ name }) => name === "Authenticate")).toMatchObject({
      result: "Skipped",
      why: "the server asks for no login",
    });
  });

  it("needs no login where the server asks for none", async () => {
    const report = await run({ endpoint: urlOf(open) });
    expect(report.failure).toBeUndefined();
    expect(results(report)).toMatchObject({ Authenticate: "Skipped", Verify: "Passed", Authorize: "Passed" });
  });

  it("reports TooManyConnections when the server has no place left", async () => {
    const full = await start({ config: { max_connections: 1 } });
    const taken = connect(full.port, full.host);
    try {
      // The server greets before it counts, but answers only those that it has counted.
      let said = "";
      taken.on("data", (chunk: Buffer) => (said += chunk.toString()));
      taken.write("CONNECT {}\r\nPING\r\n");
      await waitUntil({ what: "the server's answer", timeoutMs: 20_000 }, () =>
        Promise.resolve(said.includes("PONG") || undefined),
      );
      await expectFailure({ url: urlOf(full) }, "TooManyConnections", /has no connection left/);
    } finally {
      taken.destroy();
    }
  });

  it("reports InvalidConfiguration for the port of other servers", async () => {
    const cluster = await start({
      jetstream: false,
      config: { cluster: { name: "test", listen: "127.0.0.1:-1" } },
    });
    const port = Number(/Listening for route connections on [^\s]*:(\d+)/.exec(cluster.log())?.[1]);
    await expectFailure(
      { url: `nats://127.0.0.1:${port}` },
      "InvalidConfiguration",
      /for other NATS servers/,
    );
  });
});

describe("nats: TLS", () => {
  afterAll(stopServers);
  let required: NatsServer;
  let optional: NatsServer;
  let first: NatsServer;
  let mutual: NatsServer;
  const trust = (): { caBundle: string } => trusting(authority.cert);
  beforeAll(async () => {
    const tls = authority.issue({ names: ["localhost"] });
    const tlsSettings = { handshake_first: true };
    [required, optional, first, mutual] = await Promise.all([
      start({ tls }),
      start({ tls, config: { allow_non_tls: true } }),
      start({ tls, tlsSettings }),
      start({ tls, clientCa: clients.cert }),
    ]);
  });

  it("encrypts when the address says so", async () => {
    const report = await run({ url: localhost(optional, "tls"), tls: trust() });
    expect(report.failure).toBeUndefined();
    expect(report.tls).toMatchObject({ version: "TLSv1.3", issuer: "CN=Kollect Test CA" });
    expect(report.insecure).toBeUndefined();
  });

  it("encrypts when spec.tls has an authority", async () => {
    const report = await run({ url: localhost(optional), tls: trust() });
    expect(report.tls?.version).toBe("TLSv1.3");
  });

  it("does not encrypt for tls: {} alone, as the exporter's client does not", async () => {
    const report = await run({ url: localhost(optional), tls: {} });
    expect(report.insecure).toBe("PlainText");
  });

  it("encrypts when the server requires it, and trusts the system's authorities then", async () => {
    const report = await expectFailure(
      { url: localhost(required) },
      "TLSUntrusted",
      /not signed by a trusted/,
    );
    expect(results(report)).toMatchObject({ TLS: "Failed" });
  });

  it("stays with plain text where TLS is only offered and the sink does not ask, and shows it", async () => {
    const report = await run({ url: localhost(optional) });
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe("PlainText");
    expect(results(report)).toMatchObject({ TLS: "Skipped" });
  });

  it("shows that verification is skipped", async () => {
    const report = await run({ url: localhost(required), tls: { insecureSkipVerify: true } });
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it.each([
    ["an authority", trust],
    ["no spec.tls", () => undefined],
  ])("names handshake_first when the server waits for TLS and the sink has %s", async (_, make) => {
    const tls = make();
    const report = await expectFailure(
      { url: localhost(first), ...(tls ? { tls } : {}) },
      "TLSFailed",
      /greets only behind TLS \(handshake_first\).*Set handshake_first to auto/,
    );
    expect(report.phases.filter(({ result }) => result === "Failed")).toHaveLength(1);
  });

  it("reports TLSFailed when the sink asks for TLS and the server has none", async () => {
    const report = await expectFailure(
      { url: localhost(streams, "tls"), tls: trust(), secret: login("kollect") },
      "TLSFailed",
      /does not offer TLS/,
    );
    expect(report.insecure).toBeUndefined();
  });

  it("logs in by a client certificate", async () => {
    const { cert, key: privateKey } = clients.issue({ names: ["kollect"], client: true });
    const secret = { "tls.crt": cert, "tls.key": privateKey };
    const report = await run({ url: localhost(mutual), tls: trust(), secret });
    expect(report.failure).toBeUndefined();
  });

  it("reports AuthenticationFailed for a client certificate that the server does not trust", async () => {
    const { cert, key: privateKey } = createAuthority("Else").issue({ names: ["kollect"], client: true });
    const secret = { "tls.crt": cert, "tls.key": privateKey };
    await expectFailure(
      { url: localhost(mutual), tls: trust(), secret },
      "AuthenticationFailed",
      /refused the client certificate/,
    );
  });

  it("reports AuthenticationFailed when the server wants a client certificate and the sink has none", async () => {
    await expectFailure({ url: localhost(mutual), tls: trust() }, "AuthenticationFailed", /certificate/);
  });
});

describe("nats: servers", () => {
  afterAll(stopServers);
  it("uses the first server that answers", async () => {
    const url = `${urlOf(await refusedPort())}, ${urlOf(streams)}`;
    const report = await run({ url, stream: STREAM, secret: login("kollect") });
    expect(report.failure).toBeUndefined();
  });

  it("gives a silent server no more than its share", async () => {
    const silent = await blackHole();
    try {
      const url = `${urlOf(silent)},${urlOf(streams)}`;
      const report = await run({ url, stream: STREAM, secret: login("kollect") }, { timeoutMs: 4000 });
      expect(report.failure).toBeUndefined();
      expect(report.latencyMs).toBeGreaterThanOrEqual(1950);
    } finally {
      await silent.close();
    }
  });

  it("names every server when none can be reached", async () => {
    const refused = await refusedPort();
    const report = await run({ url: `${urlOf(refused)},nats://no-such-server.invalid` });
    expect(report.failure?.cause).toBe("ConnectionRefused");
    expect(report.failure?.message).toMatch(/^None of the 2 servers can be used\. .*no-such-server\.invalid/);
  });

  it("tries a refused login at the next server, as the exporter's client does", async () => {
    const other = await start({ config: { authorization: { token: TOKEN } } });
    const url = `${urlOf(streams)},${urlOf(other)}`;
    const report = await run({ url, secret: { token: TOKEN } });
    expect(report.failure).toBeUndefined();
  });

  it("dials no server that only the cluster names", async () => {
    const trap = await blackHole();
    const cluster = { name: "test", listen: "127.0.0.1:-1" };
    try {
      const server = await start({ jetstream: false, config: { cluster } });
      const routes = [`nats-route://127.0.0.1:${await routePort(server)}`];
      await start({
        jetstream: false,
        config: { cluster: { ...cluster, routes }, client_advertise: `${trap.host}:${trap.port}` },
      });
      await expect
        .poll(() => greetingOf(server), { timeout: 10_000 })
        .toMatch(new RegExp(`"connect_urls":\\[[^\\]]*"${trap.host}:${trap.port}"`));
      await expectFailure({ url: urlOf(server) }, "TargetNotFound", /JetStream is not turned on/);
      expect(trap.seen()).toBe(0);
    } finally {
      await trap.close();
    }
  });

  it("reports Unreachable when the connection is cut during the greeting", async () => {
    const cut = await proxy(streams, { cutAfterBytes: 100 });
    try {
      await expectFailure({ url: urlOf(cut) }, "Unreachable", /cut the connection/);
    } finally {
      await cut.close();
    }
  });
});

describe("nats: streams and rights", () => {
  afterAll(stopServers);
  const at = (options: NatsCase = {}): NatsCase => ({ url: urlOf(streams), ...options });

  it("finds the stream and that it keeps the subject", async () => {
    const report = await run(at({ stream: STREAM, secret: login("kollect") }));
    expect(report.failure).toBeUndefined();
    expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
  });

  it("says what a user may not ask, and reports no failure for it", async () => {
    const report = await run(at({ stream: STREAM, secret: login("narrow") }));
    expect(report.failure).toBeUndefined();
    expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
    expect(report.unproven?.map(({ need, kind }) => `${need} ${kind}`)).toEqual([
      "nats:StreamConfiguration NotAnswered",
      "nats:StreamSubjects NotAnswered",
      "nats:AccountLimits OnlyAWriteTells",
      "nats:PublishSubject NotAnswered",
      "nats:PublishStreamCreate NotAnswered",
    ]);
  });

  it("reports PermissionDenied for a user who may not publish to the subject", async () => {
    const report = await expectFailure(
      at({ stream: STREAM, secret: login("reader") }),
      "PermissionDenied",
      /does not let user reader publish all .*Add "inventory\.items" to what the user may publish to/,
    );
    expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Failed" });
  });

  it("reports PermissionDenied for a subject outside of what the user may publish to", async () => {
    await expectFailure(
      at({ subject: "stock.items", stream: STREAM, secret: login("kollect") }),
      "PermissionDenied",
      /Add "stock\.items" to what the user may publish to/,
    );
  });

  const MISSING = "NOT_THERE";

  /** A subject that no stream holds. */
  const FREE = { stream: MISSING, subject: "free.items" };

  it.each(["ensure", "existing"] as const)(
    "accepts a missing stream that the exporter may create, and creates nothing, in mode %s",
    async (provisioning) => {
      const before = await contents(streams);
      const report = await run(at({ ...FREE, provisioning, secret: login("admin") }));
      expect(report.failure).toBeUndefined();
      expect(await contents(streams)).toEqual(before);
    },
  );

  it("does not hold against a user who may create the stream that it may not ask for its rights", async () => {
    const report = await run(at({ stream: MISSING, secret: login("founder") }));
    expect(report.failure).toBeUndefined();
    expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
    expect(report.unproven?.map(({ need }) => need)).toContain("nats:PublishSubject");
  });

  it("reports PermissionDenied for a missing stream that the user may not create", async () => {
    await expectFailure(
      at({ ...FREE, secret: login("kollect") }),
      "PermissionDenied",
      /Add "free\.items", "\$JS\.API\.STREAM\.CREATE\.NOT_THERE" to what the user may publish to/,
    );
  });

  it("reports PermissionDenied for a missing stream when the account is full", async () => {
    await expectFailure(
      at({ ...FREE, secret: login("full") }),
      "PermissionDenied",
      /lets the account hold no more streams/,
    );
  });

  it("says that a stream with another subject would be overwritten", async () => {
    const report = await run(at({ stream: "ORDERS", subject: "free.items", secret: login("admin") }));
    expect(report.failure).toBeUndefined();
    expect(report.limited).toEqual([{ id: "StreamOverwritten" }]);
  });

  it("reports InvalidConfiguration for a subject that another stream holds", async () => {
    await expectFailure(
      at({ stream: "ORDERS", secret: login("admin") }),
      "InvalidConfiguration",
      /Another stream .* holds subject inventory\.items.*\(nats stream ls --subject 'inventory\.items'\)/,
    );
  });

  it("reports InvalidConfiguration for a stream that the exporter cannot update", async () => {
    await expectFailure(
      at({ stream: "SEALED", subject: "sealed.items", secret: login("admin") }),
      "InvalidConfiguration",
      /Stream SEALED .* is sealed, which the exporter's update cannot change/,
    );
  });

  it("reports TargetNotFound for a stream where the account has no JetStream", async () => {
    await expectFailure(
      at({ stream: STREAM, secret: login("plain") }),
      "TargetNotFound",
      /JetStream is not turned on for this account/,
    );
  });

  it("reports TargetNotFound for a stream where the server has no JetStream", async () => {
    const core = await start({ jetstream: false });
    await expectFailure({ url: urlOf(core), stream: STREAM }, "TargetNotFound", /JetStream is not turned on/);
  });

  it("needs JetStream also when no stream is named", async () => {
    await expectFailure(at({ secret: login("plain") }), "TargetNotFound", /JetStream is not turned on/);
  });

  it("publishes nothing", async () => {
    await run(at({ stream: STREAM, secret: login("admin") }));
    expect((await contents(streams)).messages).toBe(0);
  });
});
