import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Sink } from "../../capabilities/api/types";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { declaredLimitations } from "../../capabilities/domain/exporter/judge";
import type { Secret } from "../../capabilities/domain/ports";
import { privateKey } from "../../capabilities/probes/git/ssh/private-key";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { clientCertificate, tlsTrust } from "../../capabilities/probes/secrets/tls-trust";
import { createAuthority } from "../../lab/pki";
import { pemOf, privateKeyInfo, rsaPrivateKey } from "./costly-keys";
import { outcomeOf, quickly } from "./hostile";
import { planned, sinkAt } from "./sinks";

/** As long as a value of a Secret may be, so that a parser which starts again within a run takes a minute. */
const LENGTH = 250_000;
/** Combining marks whose order has to be reversed. */
const MARKS = "\u0301".repeat(30_000) + "\u0323".repeat(30_000);
const HOST_LINE =
  "db.shop ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC7JhGVHDNLgMHPNDzEnGeYOpJsNlCRtPL2eSbj1vkLs\n";
const SSH = "ssh://git@db.shop/a/b.git";
const LOGIN = { username: "kollect", password: "hunter22" };

const LONG_VALUES: ReadonlyArray<
  readonly [what: string, type: SinkType, address: string, data: Record<string, string>]
> = [
  ["blanks within", "kafka", "db.shop:9092", { ...LOGIN, mechanism: within(" ") }],
  ["line ends within", "kafka", "db.shop:9092", { ...LOGIN, password: ` ${within("\n")}` }],
  ["combining marks", "kafka", "db.shop:9092", { ...LOGIN, password: MARKS }],
  ["combining marks", "postgres", "", { dsn: `host=h user=u password=${MARKS.slice(-38_000, -22_000)}` }],
  ["combining marks", "mongodb", "", { uri: `mongodb://u:${MARKS.slice(-38_000, -22_000)}@h/x` }],
  ["blanks within a line", "git", SSH, { "ssh-privatekey": key(), known_hosts: HOST_LINE + within(" ") }],
  [
    "patterns that match almost",
    "git",
    SSH,
    { "ssh-privatekey": key(), known_hosts: `${`*${"?".repeat(120)}b,`.repeat(2000)}${HOST_LINE}` },
  ],
  [
    "indented lines",
    "git",
    SSH,
    {
      "ssh-privatekey": `-----BEGIN RSA PRIVATE KEY-----${"\n A".repeat(LENGTH / 3)}\n-----END RSA PRIVATE KEY-----`,
    },
  ],
  [
    "a host beyond ASCII",
    "bigquery",
    "",
    { "credentials.json": keyFile({ token_uri: `https://a${MARKS}/` }) },
  ],
];

function within(piece: string): string {
  return `x${piece.repeat(LENGTH)}x`;
}

function key(): string {
  const pair = generateKeyPairSync("ed25519");
  return pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function keyFile(parts: Record<string, string>): string {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const private_key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return JSON.stringify({ type: "service_account", client_email: "a@b.example", private_key, ...parts });
}

function plan(
  type: SinkType,
  sink: Sink,
  data: Readonly<Record<string, string>>,
): ReturnType<typeof outcomeOf> {
  const values = new Map(Object.entries(data).map(([name, text]) => [name, Buffer.from(text)]));
  return quickly(() => outcomeOf(() => planned(PROBES[type] as Probe, sink, values)));
}

describe("a value as long as a Secret allows", () => {
  it.each(LONG_VALUES)("with %s is refused at once by %s", (_what, type, address, data) => {
    expect(plan(type, sinkAt(type, address), data)).toMatchObject({
      failure: { cause: "SecretValueInvalid" },
    });
  });

  it("with carriage returns only is refused at once as CA bundle", () => {
    const caBundle = Buffer.from("\r".repeat(LENGTH)).toString("base64");
    const sink = { spec: { tls: { caBundle } } } as unknown as Sink;
    expect(quickly(() => outcomeOf(() => tlsTrust(sink, new Map()))).failure?.message).toMatch(
      /^spec\.tls\.caBundle holds no PEM certificate/,
    );
  });

  it("with many certificates is refused with their number, and repeats do not count", () => {
    const pems = [0, 1].map(() => createAuthority().cert);
    const trust = (text: string): ReturnType<typeof outcomeOf> => {
      const sink = { spec: { tls: { caBundle: Buffer.from(text).toString("base64") } } } as unknown as Sink;
      return quickly(() => outcomeOf(() => tlsTrust(sink, new Map())));
    };
    expect(trust(pems.join("").repeat(400)).failure).toBeUndefined();
    const others = Array.from({ length: 257 }, (_, at) => pemOf("CERTIFICATE", Buffer.from(`no. ${at}`)));
    expect(trust(others.join("")).failure?.message).toContain("holds more than 256 certificates");
  });
});

describe("a field as long as an object allows", () => {
  const slashes = `a${"/".repeat(LENGTH)}a`;

  it.each<readonly [field: string, type: SinkType, spec: object, answer: RegExp]>([
    [
      "pathTemplate",
      "s3",
      { pathTemplate: `${"a".repeat(LENGTH)}/{name}` },
      /a path of more than 1024 bytes/,
    ],
    [
      "pathTemplate and cluster",
      "s3",
      { pathTemplate: "{cluster}".repeat(900), cluster: "../".repeat(2700) },
      /a path of more than 1024 bytes/,
    ],
    [
      "branchPrefix",
      "gitlab",
      { gitlab: { mergeRequest: { mode: "merge_request", targetBranch: "main", branchPrefix: slashes } } },
      /branchPrefix is not a branch name/,
    ],
    ["endpoint", "bigquery", { endpoint: `https://a${MARKS}/` }, /^spec\.endpoint is not of the form/],
  ])("is refused at once as %s of %s", (_field, type, spec, answer) => {
    const sink = sinkAt(type, type === "s3" ? "https://db.shop/bucket" : "https://db.shop/a/b.git");
    const login = { token: "t", accessKeyID: "AKIDEXAMPLE", secretAccessKey: "s" };
    const { failure } = plan(type, { ...sink, spec: { ...sink.spec, ...spec } } as Sink, login);
    expect(failure?.message).toMatch(answer);
  });

  it("is judged at once as url of nats", () => {
    const sink = { spec: { type: "nats", nats: { url: " ".repeat(LENGTH) } } } as unknown as Sink;
    const input = { sink, secrets: new Map(), bigqueryEmulator: false };
    quickly(() => declaredLimitations("nats", input, { ...DEFAULT_EXPORTER, version: "next" }));
  });
});

describe("a private key whose use would block the process", () => {
  const TOO_LONG = /private[_ ]key of more than 8192 bits/;
  const UNREADABLE = /holds no (PEM )?private key that can be read/;
  const NONE = /^$/;

  it.each<readonly [what: string, pem: string, fault: RegExp]>([
    ["DSA, without its public half", pemOf("PRIVATE KEY", privateKeyInfo("dsa", 16_000)), UNREADABLE],
    ["Diffie-Hellman", pemOf("PRIVATE KEY", privateKeyInfo("dh", 10_000)), UNREADABLE],
    ["RSA in PKCS#8", pemOf("PRIVATE KEY", privateKeyInfo("rsa", 16_000)), TOO_LONG],
    ["RSA in PKCS#1", pemOf("RSA PRIVATE KEY", rsaPrivateKey(32_768)), TOO_LONG],
    ["not RSA of 8192 bits", pemOf("RSA PRIVATE KEY", rsaPrivateKey(8192)), NONE],
  ])("is refused before it is read, for SSH and for TLS: %s", (_what, pem, fault) => {
    const data = { "tls.crt": createAuthority().cert, "tls.key": pem };
    const secret: Secret = {
      ...{ namespace: "shop", name: "keys", resourceVersion: "1" },
      data: new Map(Object.entries(data).map(([name, text]) => [name, Buffer.from(text)])),
    };
    const uses: readonly (() => unknown)[] = [
      () => privateKey(secret, { secret: "keys", key: "ssh-privatekey", text: pem }),
      () => clientCertificate(secret),
    ];
    for (const use of uses) expect(quickly(() => outcomeOf(use)).failure?.message ?? "").toMatch(fault);
  });

  it("is refused in a service account's key file", () => {
    const private_key = pemOf("PRIVATE KEY", privateKeyInfo("rsa", 16_000));
    expect(
      plan("bigquery", sinkAt("bigquery", ""), { "credentials.json": keyFile({ private_key }) }),
    ).toMatchObject({
      failure: { cause: "SecretValueInvalid", message: expect.stringMatching(TOO_LONG) as unknown },
    });
  });
});
