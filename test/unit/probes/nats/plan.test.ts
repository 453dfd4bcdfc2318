import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { FailureError } from "../../../../capabilities/domain/failure";
import type { NatsPlan } from "../../../../capabilities/probes/nats/plan";
import { natsProbe } from "../../../../capabilities/probes/nats/probe";
import { parseServers } from "../../../../capabilities/probes/nats/servers";
import { login, natsCase, type NatsCase } from "../../../../lab/backends/nats";
import { jwtWorld, nkeyPair } from "../../../../lab/backends/nats-keys";
import { planOf, type ProbeCase } from "../../../../lab/backends/run-case";
import { createAuthority } from "../../../../lab/pki";

const url = "nats://nats.shop";

function failureOf(make: () => unknown): FailureError["failure"] {
  try {
    make();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("nothing was wrong with it");
}

function plan(options: NatsCase): NatsPlan {
  return planOf(natsProbe, natsCase({ url, ...options }));
}

describe("nats.url", () => {
  it.each([
    ["nats://nats.shop:4223", ["nats.shop:4223"], false],
    ["nats.shop", ["nats.shop:4222"], false],
    ["TLS://nats.shop/", ["nats.shop:4222"], true],
    ["nats://a, tls://b:1,a:4222", ["a:4222", "b:1"], true],
    ["nats://[fd00::5]:4223,[fd00::6]", ["fd00::5:4223", "fd00::6:4222"], false],
    ["nats://10.0.0.5", ["10.0.0.5:4222"], false],
    ["https://nats.shop", ["nats.shop:4222"], false],
    ["nats://nats.shop:4223/path?token=%zz#y", ["nats.shop:4223"], false],
    ["nats://nats.shop:", ["nats.shop:4222"], false],
    [" nats://a , ,b/ ", ["a:4222", "b:4222"], false],
  ])("reads %s", (text, servers, tls) => {
    const parsed = parseServers(text, "spec.nats.url");
    expect(parsed.servers.map(({ host, port }) => `${host}:${port}`)).toEqual(servers);
    expect(parsed.tls).toBe(tls);
  });

  const BAD: ReadonlyArray<readonly [text: string, words: RegExp]> = [
    ["", /names no server/],
    [" , ", /names no server/],
    ["wss://nats.shop", /holds a WebSocket address \(wss:\/\/\)/],
    ["nats://nats.shop:4222/#%zz", /has a '%' after the port that encodes no character/],
    ["nats://nats.shop?token=s3cr3t", /has a path, query or fragment after a host without a port/],
    ["wss://nats.shop/#s3cr3t", /WebSocket/],
    ["1nats://nats.shop?s3cr3t", /is not an address/],
    ["nats://user:secret-pw/x@nats.shop", /cannot be read\. Percent-encode/],
    ["nats://user:secret-pw,x@nats.shop", /cannot be read\. Percent-encode/],
    ["nats://user:s3cr3t%zz@nats.shop", /user, password or token that cannot be read/],
    ["nats://user:s3cr3t\u00e4@nats.shop", /user, password or token that cannot be read/],
    ["nats://nats.shop:0", /is not an address/],
    ["nats://nats.shop:65536", /is not an address/],
    ["nats://", /has a path|is not an address/],
    ["fd00::5", /is not an address/],
    [`nats://${"a".repeat(254)}`, /is not an address/],
    [Array.from({ length: 33 }, (_, index) => `nats-${index}`).join(), /more than 32/],
  ];
  // Titles show the beginning of what is refused.
  const titled = BAD.map((row) => [JSON.stringify(row[0]).slice(0, 60), ...row] as const);
  it.each(titled)("refuses %s", (_, text, words) => {
    const failure = failureOf(() => parseServers(text, "spec.nats.url"));
    expect(failure.cause).toBe("InvalidConfiguration");
    expect(failure.message).toMatch(words);
    expect(failure.message).toContain("spec.nats.url");
    expect(failure.message).not.toMatch(/secret-pw|s3cr3t/);
  });

  it.each([
    ["user:pw", { user: "user", password: "pw" }],
    ["us%65r:p%3Aw%2F", { user: "user", password: "p:w/" }],
    ["user:p:w@x", { user: "user", password: "p:w@x" }],
    ["a+b:c+d", { user: "a+b", password: "c+d" }],
    ["user:", { user: "user", password: "" }],
    ["t0ken", { token: "t0ken" }],
    ["", { token: "" }],
  ])("reads what stands before the @ in %s@nats.shop", (text, userinfo) => {
    const { servers } = parseServers(`nats://${text}@nats.shop`, "spec.nats.url");
    expect(servers).toEqual([{ host: "nats.shop", port: 4222, userinfo }]);
  });

  it("keeps logins of their own for each server", () => {
    const { servers } = parseServers("nats://a:b@x,nats://c:d@x,nats://a:b@x,x", "spec.nats.url");
    expect(servers.map(({ userinfo }) => userinfo)).toEqual([
      { user: "a", password: "b" },
      { user: "c", password: "d" },
      undefined,
    ]);
  });

  it("shows no login in the plan's endpoint", () => {
    expect(plan({ url: "nats://user:secret-pw@nats.shop" }).endpoint).toBe("nats.shop:4222");
  });

  it("goes before spec.endpoint", () => {
    expect(plan({ endpoint: "nats://other" }).endpoint).toBe("nats.shop:4222");
    expect(planOf(natsProbe, natsCase({ endpoint: "tls://other:1" }))).toMatchObject({
      endpoint: "other:1",
      tls: { wantedBy: "tls:// in spec.endpoint" },
    });
    const failure = failureOf(() => planOf(natsProbe, natsCase({})));
    expect(failure.message).toContain("spec.endpoint names no server");
  });
});

describe("nats.subject and nats.stream", () => {
  it.each(["inventory", "inventory.items", "$KV.x", "ü.b", "a.*", "a.>", "*.b"])(
    "publishes to %s",
    (subject) => {
      expect(plan({ subject }).subject).toBe(subject);
    },
  );

  it.each(["", ".", "a..b", "a.", "a b", "a.>.b", "a\r\nPUB b 0", "x".repeat(1025)])(
    "refuses subject %j",
    (subject) => {
      expect(failureOf(() => plan({ subject })).message).toMatch(/spec\.nats\.subject/);
    },
  );

  it.each([
    [undefined, "kollect_events"],
    ["", "kollect_events"],
    [" S ", "S"],
    ["a.b.c", "a_b_c"],
  ])("reads stream %j as %s", (stream, expected) => {
    expect(plan(stream === undefined ? {} : { stream }).stream).toBe(expected);
  });

  it("takes blanks around the subject away", () => {
    expect(plan({ subject: " a.b\n" }).subject).toBe("a.b");
  });

  it.each(["a b", "a*", "a>", "a/b", "a\r\nPUB b 0", "x".repeat(256)])("refuses stream %j", (stream) => {
    expect(failureOf(() => plan({ stream })).message).toMatch(/spec\.nats\.stream/);
  });
});

describe("nats credentials", () => {
  const { seed, publicKey } = nkeyPair();
  const wrong = seed.slice(0, 20) + (seed[20] === "A" ? "B" : "A") + seed.slice(21);

  function fields(secret: Record<string, string>): unknown {
    return plan({ secret }).credentials?.prove("a-nonce");
  }

  it("reads user name and password to the last byte", () => {
    expect(fields(login("kollect", "p\n"))).toEqual({ user: "kollect", pass: "p\n" });
  });

  it("prefers credentials to an nkey, that to a token, and that to a password", () => {
    const creds = jwtWorld().creds();
    const all = { ...login("kollect"), token: "t0ken", nkey: seed, creds };
    expect(fields(all)).toMatchObject({ jwt: expect.stringMatching(/^ey/) as unknown });
    const { creds: _creds, ...withNkey } = all;
    expect(fields(withNkey)).toMatchObject({ nkey: publicKey, sig: expect.any(String) as unknown });
    const { nkey: _nkey, ...withToken } = withNkey;
    expect(fields(withToken)).toEqual({ auth_token: "t0ken" });
  });

  it("signs nothing for a server without a nonce", () => {
    expect(plan({ secret: { nkey: seed } }).credentials?.prove(undefined)).toEqual({ nkey: publicKey });
  });

  const BAD: ReadonlyArray<
    readonly [what: string, secret: Record<string, string>, cause: Cause, words: RegExp]
  > = [
    ["a public key", { nkey: publicKey }, "SecretValueInvalid", /nkey seed\. A seed begins with SU/],
    ["a seed with a wrong letter", { nkey: wrong }, "SecretValueInvalid", /nkey seed/],
    [
      "credentials that are none",
      { creds: "nonsense" },
      "SecretValueInvalid",
      /credentials file in nsc's format/,
    ],
    [
      "credentials without a seed",
      { creds: "-----BEGIN NATS USER JWT-----\na.b.c\n" },
      "SecretValueInvalid",
      /a user's JWT without the seed/,
    ],
    [
      "credentials with a wrong seed",
      { creds: jwtWorld().creds({ seed: "SUNONSENSE" }) },
      "SecretValueInvalid",
      /nkey seed/,
    ],
  ];
  it.each(BAD)("refuses %s", (_, secret, cause, words) => {
    const failure = failureOf(() => plan({ secret }));
    expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause });
    expect(failure.message).toMatch(words);
  });

  const LACKING: ReadonlyArray<
    readonly [what: string, secret: Record<string, string>, cause: Cause, words: RegExp]
  > = [
    ["no keys", {}, "SecretKeyMissing", /any of the keys creds, nkey, token, username/],
    ["a user without a password", { username: "u" }, "SecretKeyMissing", /the key password/],
    [
      "a user with an empty password",
      { username: "u", password: "" },
      "SecretValueInvalid",
      /password .*is empty/,
    ],
    ["a password without a user", { password: "p" }, "SecretKeyMissing", /the key username/],
    ["an empty token", { token: "" }, "SecretValueInvalid", /token .*is empty/],
  ];
  it.each(LACKING)("keeps what to say of %s for a server that refuses it", (_, secret, cause, words) => {
    const { credentials, missing } = plan({ secret });
    const failure = (credentials ? credentials.missing : missing)?.failure;
    expect(failure).toMatchObject({ reason: "SecretResolveFailed", cause });
    expect(failure?.message).toMatch(words);
  });

  it("passes an empty token over", () => {
    expect(plan({ secret: { token: "", ...login("kollect") } }).credentials?.who).toBe("user kollect");
  });

  it("takes a client certificate alone, or beside another login", () => {
    const { cert, key } = createAuthority().issue({ names: ["kollect"], client: true });
    const certificate = { "tls.crt": cert, "tls.key": key };
    expect(plan({ secret: certificate }).tls.clientCertificate).toBeDefined();
    expect(plan({ secret: { ...certificate, token: "t0ken" } })).toMatchObject({
      tls: { clientCertificate: { key: key.trim() } },
      credentials: { who: "the token" },
    });
  });
});

describe("nats TLS", () => {
  const caBundle = Buffer.from(createAuthority().cert).toString("base64");
  it.each([
    ["nothing", {}, undefined],
    ["tls: {}", { tls: {} }, undefined],
    ["tls://", { url: "a,tls://b" }, "tls:// in spec.nats.url"],
    ["an authority", { tls: { caBundle } }, "spec.tls.caBundle"],
    ["insecureSkipVerify", { tls: { insecureSkipVerify: true } }, "spec.tls.insecureSkipVerify"],
    ["a Secret without an authority", { tls: { caSecretRef: { name: "ca" } } }, undefined],
  ])("is asked for by %s as the exporter reads it", (_, options, wantedBy) => {
    expect(plan(options).tls.wantedBy).toBe(wantedBy);
  });
});

describe("nats references", () => {
  it("prefers spec.nats.secretRef to spec.secretRef, and names the Secret of the authorities", () => {
    const { sink } = natsCase({ url, secret: login("kollect"), tls: { caSecretRef: { name: "nats-ca" } } });
    const spec = { ...sink.spec, secretRef: { name: "common" } };
    const both = { ...sink, spec } as ProbeCase["sink"];
    expect(natsProbe.references(both)).toEqual([
      { field: "spec.nats.secretRef", name: "nats-login" },
      { field: "spec.tls.caSecretRef", name: "nats-ca" },
    ]);
  });

  it("takes spec.secretRef when there is no other", () => {
    const { sink } = natsCase({ url });
    const spec = { ...sink.spec, secretRef: { name: "common", namespace: "platform" } };
    const probeCase = {
      sink: { ...sink, spec } as ProbeCase["sink"],
      secrets: { "spec.secretRef": { token: "t0ken" } },
    };
    expect(natsProbe.references(probeCase.sink)).toEqual([
      { field: "spec.secretRef", name: "common", namespace: "platform" },
    ]);
    expect(planOf(natsProbe, probeCase).credentials?.source).toBe("the key token of Secret common");
  });

  it("reports InvalidConfiguration for a sink without spec.nats", () => {
    const { sink } = natsCase({ url });
    const bare = { ...sink, spec: { type: "nats" } } as ProbeCase["sink"];
    expect(failureOf(() => natsProbe.references(bare)).message).toMatch(/spec\.nats is missing/);
  });
});
