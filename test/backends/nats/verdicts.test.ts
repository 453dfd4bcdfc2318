import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import {
  contents,
  login,
  natsCase,
  PASSWORD,
  startWithStreams,
  STREAM,
  SUBJECT,
  trusting,
  WRONG_PASSWORD,
  type NatsCase,
} from "../../../lab/backends/nats";
import { jwtWorld, nkeyPair, type JwtWorld } from "../../../lab/backends/nats-keys";
import type { RunOptions } from "../../../lab/backends/run-case";
import { waitUntil } from "../../../lab/control-plane/wait";
import { blackHole, proxy, refusedPort } from "../../../lab/faults";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startNats, type NatsServer } from "../../../lab/servers/nats";
import { expectFailure, expectPassed, results, runsOf } from "../expect-report";

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
  const server = await startNats(options);
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

function run(options: NatsCase, more?: RunOptions): Promise<ProbeReport> {
  const { username: _, ...secret } = options.secret ?? {};
  const secrets = [PASSWORD, WRONG_PASSWORD, TOKEN, ...Object.values(secret)];
  return runsOf(natsProbe, secrets)(natsCase(options), more);
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
    const report = await expectPassed(run({ url: urlOf(streams), secret: login("kollect") }));
    expect(results(report)).toMatchObject({ Authenticate: "Passed", Verify: "Passed", Authorize: "Passed" });
    expect(report).toMatchObject({ serverVersion: "2.15.2", insecure: "PlainText" });
  });

  it("proves a token", async () => {
    await expectPassed(run({ url: urlOf(tokens), secret: { token: TOKEN } }));
  });

  it("proves an nkey", async () => {
    const report = await expectPassed(run({ url: urlOf(nkeys), secret: { nkey: `${key.seed}\n` } }));
    expect(results(report)).toMatchObject({ Authenticate: "Passed" });
  });

  it("proves a credentials file", async () => {
    const report = await expectPassed(run({ url: urlOf(operators), secret: { creds: jwts.creds() } }));
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
    await expectFailure(run(make()), "AuthenticationFailed", words);
  });

  it("says that a login was not asked for", async () => {
    const report = await expectPassed(run({ url: urlOf(open), secret: login("kollect") }));
    expect(results(report).Authenticate).toBe("Skipped: the server asks for no login");
  });

  it("needs no login where the server asks for none", async () => {
    const report = await expectPassed(run({ endpoint: urlOf(open) }));
    expect(results(report)).toMatchObject({
      Authenticate: "Skipped: no credentials are set",
      Verify: "Passed",
      Authorize: "Passed",
    });
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
      await expectFailure(run({ url: urlOf(full) }), "TooManyConnections", /has no connection left/);
    } finally {
      taken.destroy();
    }
  });

  it("reports InvalidConfiguration for the port of other servers", async () => {
    const cluster = await start({ config: { cluster: { name: "test", listen: "127.0.0.1:-1" } } });
    const port = Number(/Listening for route connections on [^\s]*:(\d+)/.exec(cluster.log())?.[1]);
    await expectFailure(
      run({ url: `nats://127.0.0.1:${port}` }),
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
    const report = await expectPassed(run({ url: localhost(optional, "tls"), tls: trust() }));
    expect(report.tls).toMatchObject({ version: "TLSv1.3", issuer: "CN=Kollect Test CA" });
    expect(report.insecure).toBeUndefined();
  });

  it("encrypts when spec.tls is there", async () => {
    const report = await run({ url: localhost(optional), tls: trust() });
    expect(report.tls?.version).toBe("TLSv1.3");
  });

  it("encrypts when the server requires it, and trusts the system's authorities then", async () => {
    const report = await expectFailure(
      run({ url: localhost(required) }),
      "TLSUntrusted",
      /not signed by a trusted/,
    );
    expect(results(report)).toMatchObject({ TLS: "Failed" });
  });

  it("stays with plain text where TLS is only offered and the sink does not ask, and shows it", async () => {
    const report = await expectPassed(run({ url: localhost(optional) }));
    expect(report.insecure).toBe("PlainText");
    expect(results(report)).toMatchObject({ TLS: "Skipped: neither the sink nor the server asks for it" });
  });

  it("shows that verification is skipped", async () => {
    const report = await expectPassed(run({ url: localhost(required), tls: { insecureSkipVerify: true } }));
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("begins the handshake by itself when the server waits for it", async () => {
    const report = await expectPassed(run({ url: localhost(first), tls: trust() }));
    expect(report).toMatchObject({ serverVersion: "2.15.2" });
    expect(results(report)).toMatchObject({ TLS: "Passed" });
  });

  it("reports TLSFailed when the sink asks for TLS and the server has none", async () => {
    const report = await expectFailure(
      run({ url: localhost(streams, "tls"), tls: trust(), secret: login("kollect") }),
      "TLSFailed",
      /does not offer TLS/,
    );
    expect(report.insecure).toBeUndefined();
  });

  it("logs in by a client certificate", async () => {
    const { cert, key: privateKey } = clients.issue({ names: ["kollect"], client: true });
    const secret = { "tls.crt": cert, "tls.key": privateKey };
    await expectPassed(run({ url: localhost(mutual), tls: trust(), secret }));
  });

  it("reports AuthenticationFailed for a client certificate that the server does not trust", async () => {
    const { cert, key: privateKey } = createAuthority("Else").issue({ names: ["kollect"], client: true });
    const secret = { "tls.crt": cert, "tls.key": privateKey };
    await expectFailure(
      run({ url: localhost(mutual), tls: trust(), secret }),
      "AuthenticationFailed",
      /refused the client certificate/,
    );
  });

  it("reports AuthenticationFailed when the server wants a client certificate and the sink has none", async () => {
    await expectFailure(run({ url: localhost(mutual), tls: trust() }), "AuthenticationFailed", /certificate/);
  });
});

describe("nats: servers", () => {
  afterAll(stopServers);
  it("uses the first server that answers", async () => {
    const url = `${urlOf(await refusedPort())}, ${urlOf(streams)}`;
    await expectPassed(run({ url, secret: login("kollect") }));
  });

  it("gives a silent server no more than its share", async () => {
    const silent = await blackHole();
    try {
      const url = `${urlOf(silent)},${urlOf(streams)}`;
      const report = await expectPassed(run({ url, secret: login("kollect") }, { timeoutMs: 4000 }));
      expect(report.latencyMs).toBeGreaterThanOrEqual(1950);
    } finally {
      await silent.close();
    }
  });

  it("names every server when none can be reached", async () => {
    const refused = await refusedPort();
    await expectFailure(
      run({ url: `${urlOf(refused)},nats://no-such-server.invalid` }),
      "ConnectionRefused",
      /^None of the 2 servers can be used\. .*no-such-server\.invalid/,
    );
  });

  it("does not try a refused login at the next server", async () => {
    const next = await blackHole();
    try {
      const url = `${urlOf(streams)},${urlOf(next)}`;
      await expectFailure(run({ url, secret: login("kollect", WRONG_PASSWORD) }), "AuthenticationFailed");
      expect(next.seen()).toBe(0);
    } finally {
      await next.close();
    }
  });

  it("dials no server that only the cluster names", async () => {
    const trap = await blackHole();
    const cluster = { name: "test", listen: "127.0.0.1:-1" };
    try {
      const server = await start({ config: { cluster } });
      const routes = [`nats-route://127.0.0.1:${await routePort(server)}`];
      await start({
        config: { cluster: { ...cluster, routes }, client_advertise: `${trap.host}:${trap.port}` },
      });
      await expect
        .poll(() => greetingOf(server), { timeout: 10_000 })
        .toMatch(new RegExp(`"connect_urls":\\[[^\\]]*"${trap.host}:${trap.port}"`));
      await expectPassed(run({ url: urlOf(server) }));
      expect(trap.seen()).toBe(0);
    } finally {
      await trap.close();
    }
  });

  it("reports Unreachable when the connection is cut during the greeting", async () => {
    const cut = await proxy(streams, { cutAfterBytes: 100 });
    try {
      await expectFailure(run({ url: urlOf(cut) }), "Unreachable", /cut the connection/);
    } finally {
      await cut.close();
    }
  });
});

describe("nats: streams and rights", () => {
  afterAll(stopServers);
  const at = (options: NatsCase = {}): NatsCase => ({ url: urlOf(streams), ...options });

  it("finds the stream and that it keeps the subject", async () => {
    const report = await expectPassed(run(at({ stream: STREAM, secret: login("kollect") })));
    expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
  });

  it("skips what a user may not ask, and reports no failure for it", async () => {
    const report = await expectPassed(run(at({ stream: STREAM, secret: login("narrow") })));
    const skipped = "Skipped: not permitted to ask";
    expect(results(report)).toMatchObject({ Verify: skipped, Authorize: skipped });
  });

  it("reports PermissionDenied for a user who may not publish to the subject", async () => {
    const report = await expectFailure(
      run(at({ stream: STREAM, secret: login("reader") })),
      "PermissionDenied",
      /does not let user reader publish to inventory\.items/,
    );
    expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Failed" });
  });

  it("reports PermissionDenied for a subject outside of what the user may publish to", async () => {
    await expectFailure(
      run(at({ subject: "orders.items", secret: login("kollect") })),
      "PermissionDenied",
      /user kollect publish to orders\.items/,
    );
  });

  const MISSING = "NOT_THERE";

  it("reports TargetNotFound for a missing stream that must exist", async () => {
    await expectFailure(
      run(at({ stream: MISSING, provisioning: "existing", secret: login("creator") })),
      "TargetNotFound",
      /has no stream NOT_THERE/,
    );
  });

  it("accepts a missing stream that the sink may create, and does not create it", async () => {
    const before = await contents(streams);
    await expectPassed(run(at({ stream: MISSING, secret: login("creator") })));
    expect(await contents(streams)).toEqual(before);
  });

  it("does not hold against a user who may create the stream that it may not ask for its rights", async () => {
    const report = await expectPassed(run(at({ stream: MISSING, secret: login("founder") })));
    expect(results(report).Verify).toBe("Passed");
    const why = expect.stringContaining("does not say whether it may be created") as string;
    expect(report.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Skipped", why });
  });

  it("reports PermissionDenied for a missing stream that the user may not create", async () => {
    await expectFailure(
      run(at({ stream: MISSING, secret: login("kollect") })),
      "PermissionDenied",
      /create stream NOT_THERE, which does not exist yet/,
    );
  });

  it("reports PermissionDenied for a missing stream when the account is full", async () => {
    await expectFailure(
      run(at({ stream: MISSING, secret: login("full") })),
      "PermissionDenied",
      /may hold no more than 1/,
    );
  });

  it("reports TargetNotFound for a stream that does not keep the subject", async () => {
    await expectFailure(
      run(at({ stream: "ORDERS", secret: login("kollect") })),
      "TargetNotFound",
      /Stream ORDERS .* does not keep subject inventory\.items/,
    );
  });

  it.each([
    ["SEALED", "sealed.items", /is sealed/],
    ["COPY", SUBJECT, /is a mirror/],
  ])("reports PermissionDenied for stream %s, which takes no messages", async (stream, subject, words) => {
    await expectFailure(run(at({ stream, subject, secret: login("admin") })), "PermissionDenied", words);
  });

  it("reports TargetNotFound for a stream where the account has no JetStream", async () => {
    await expectFailure(
      run(at({ stream: STREAM, secret: login("plain") })),
      "TargetNotFound",
      /JetStream is not turned on for this account/,
    );
  });

  it("reports TargetNotFound for a stream where the server has no JetStream", async () => {
    const core = await start({});
    await expectFailure(
      run({ url: urlOf(core), stream: STREAM }),
      "TargetNotFound",
      /JetStream is not turned on/,
    );
  });

  it("needs no JetStream when no stream is named", async () => {
    await expectPassed(run(at({ secret: login("plain") })));
  });

  it("publishes nothing", async () => {
    await run(at({ stream: STREAM, secret: login("admin") }));
    expect((await contents(streams)).messages).toBe(0);
  });
});
