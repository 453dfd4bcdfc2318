import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../../../lab/control-plane/wait";
import { type NatsServer } from "../../../lab/servers/nats";
import { login, STREAM, WRONG_PASSWORD, type NatsCase } from "../../../lab/backends/nats";
import {
  TOKEN,
  key,
  stranger,
  jwts,
  streams,
  stopServers,
  start,
  run,
  expectFailure,
  results,
  urlOf,
} from "./stage";

export function logins(): void {
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
      expect(results(report)).toMatchObject({
        Authenticate: "Passed",
        Verify: "Passed",
        Authorize: "Passed",
      });
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
        () => ({ url: urlOf(streams), secret: login("unknown", WRONG_PASSWORD) }),
        /refused user unknown/,
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
        /refused the client, which sent no credentials\. Check that spec\.nats\.secretRef/,
      ],
      [
        "the wrong kind of login",
        () => ({ url: urlOf(nkeys), secret: { token: TOKEN } }),
        /refused the token/,
      ],
    ];
    it.each(REFUSED)("reports AuthenticationFailed for %s", async (_, make, words) => {
      await expectFailure(make(), "AuthenticationFailed", words);
    });

    it("says that a login was not asked for", async () => {
      const report = await run({ url: urlOf(open), secret: login("kollect") });
      expect(report.failure).toBeUndefined();
      expect(report.phases.find(({ name }) => name === "Authenticate")).toMatchObject({
        result: "Skipped",
        why: "the server requires no login",
      });
    });

    it("needs no login where the server asks for none", async () => {
      const report = await run({ endpoint: urlOf(open) });
      expect(report.failure).toBeUndefined();
      expect(results(report)).toMatchObject({
        Authenticate: "Skipped",
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
}
