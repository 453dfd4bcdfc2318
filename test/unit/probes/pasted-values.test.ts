import { describe, expect, it } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import { failed, FailureError } from "../../../capabilities/domain/failure";
import type { Secret } from "../../../capabilities/domain/ports";
import {
  blamingSent,
  optionalText,
  requiredTrimmed,
  requiredVerbatim,
} from "../../../capabilities/probes/secrets/secret-values";
import { tlsTrust } from "../../../capabilities/probes/secrets/tls-trust";
import { createAuthority } from "../../../lab/pki";

function secret(values: Record<string, string | Buffer>): Secret {
  const data = new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value as string)]));
  return { namespace: "shop", name: "login", resourceVersion: "1", data };
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof FailureError) return `${error.failure.cause}: ${error.message}`;
    throw error;
  }
  throw new Error("did not fail");
}

describe("the encoding of a value", () => {
  it.each([
    ["a byte order mark", Buffer.from("\ufeffpw"), "begins with a byte order mark (BOM)"],
    [
      "UTF-16 of PowerShell",
      Buffer.from("\ufeffpw", "utf16le"),
      "is text in UTF-16, as PowerShell writes it",
    ],
    ["Latin-1", Buffer.from([0xe9, 0x61]), "is not text in UTF-8"],
  ])("is named: %s", (_what, value, words) => {
    const found = messageOf(() => optionalText(secret({ password: value }), ["password"]));
    expect(found).toContain(`SecretValueInvalid: The key password of Secret login ${words}`);
  });
  it("loses what Go takes for white space around a connection string, and nothing else", () => {
    const read = (text: string): string => requiredTrimmed(secret({ dsn: text }), ["dsn"]).text;
    expect(read("\u00a0\u0085 x \u2003\n")).toBe("x");
    expect(read("x\ufeff")).toBe("x\ufeff");
    expect(read("x\u200b")).toBe("x\u200b");
  });
});

describe("a key under another name", () => {
  const rows: ReadonlyArray<readonly [wanted: readonly string[], keys: readonly string[], words: string]> = [
    [
      ["dsn", "url"],
      ["uri", "jdbc-uri", "username"],
      "It has uri, which is not read: store the value as dsn.",
    ],
    [["dsn", "url"], ["DSN"], "It has DSN, which is not read: store the value as dsn."],
    [["dsn", "url"], ["host", "username", "password"], "put these parts into one connection string as dsn."],
    [["accessKeyID", "AWS_ACCESS_KEY_ID"], ["aws_access_key_id"], "store the value as AWS_ACCESS_KEY_ID."],
    [["accessKeyID", "AWS_ACCESS_KEY_ID"], ["cloud"], "It has cloud, a file that is not read"],
    [["ssh-privatekey", "identity"], ["sshPrivateKey"], "It has sshPrivateKey, which is not read"],
    [["creds", "nkey", "token", "username"], ["nats.creds"], "It has nats.creds, which is not read"],
    [["creds", "nkey", "token", "username"], ["user"], "store the value as username."],
    [["dsn", "url"], ["S3cr3tPiece"], "url. Add it."],
  ];
  it.each(rows)("is named for %j beside %j", (wanted, keys, words) => {
    const values = Object.fromEntries(keys.map((key) => [key, "x"]));
    const found = messageOf(() => requiredVerbatim(secret(values), wanted));
    expect(found).toContain("SecretKeyMissing: Secret login does not have any of the keys");
    expect(found).toContain(words);
    expect(found).not.toContain("S3cr3tPiece");
  });
});

describe("a value that a server refused", () => {
  it.each([
    ['"pw"', "is enclosed in quotes"],
    ["“pw”", "is enclosed in quotes"],
    ["<password>", "looks like a placeholder"],
    ["${KAFKA_PASSWORD}", "looks like a placeholder"],
    ["$(PGPASSWORD)", "looks like a placeholder"],
    ["{{ .Values.password }}", "looks like a placeholder"],
    ["changeme", "looks like a placeholder"],
    ["op://vault/item/password", "looks like a reference to a secret store"],
    [Buffer.from("corr-ct-horse").toString("base64"), "looks encoded in base64 twice"],
    ["GIT_TOKEN=corr-ct-horse", "has a name and '=' in front of it"],
    ["export AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "has a name and '=' in front of it"],
    ["Bearer corr-ct-horse", "has a word of the Authorization header in front of it"],
    ["Authorization: Basic corr-ct-horse", "has a word of the Authorization header in front of it"],
    ["machine git.shop login kollect password corr-ct-horse", "is a line of a .netrc file"],
    ["/etc/nats/user.creds", "is the name of a file"],
    ["~/.ssh/token.txt", "is the name of a file"],
  ])("is blamed for its form: %s", (text, words) => {
    const refused = failed("AuthenticationFailed", "Refused.");
    const blamed = blamingSent(refused, [{ secret: "s", key: "password", text }]) as FailureError;
    expect(blamed.failure.cause).toBe("AuthenticationFailed");
    expect(blamed.message).toContain(`Refused. The key password of Secret s ${words}`);
    expect(blamed.message).not.toContain(text);
  });
  it.each([
    "correct-horse",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "<",
    "a$b",
    "JQULlL6wzzd8xnDhSLE1KVSES9U+JF6PoHzKtjUH",
  ])("is not blamed without a reason: %s", (text) => {
    const refused = failed("AuthenticationFailed", "Refused.");
    expect(blamingSent(refused, [{ secret: "s", key: "password", text }])).toBe(refused);
  });
});

describe("spec.tls.caBundle", () => {
  const { cert, issue } = createAuthority();
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  const der = cert.split("\n").slice(1, -2).join("");
  it.each([
    ["the PEM text itself", cert, "is not in base64"],
    ["base64 twice", encoded(encoded(cert)), "is encoded in base64 twice"],
    ["escaped line ends", encoded(cert.replaceAll("\n", "\\n")), "instead of line ends"],
    ["joined lines", encoded(cert.replaceAll("\n", "")), "whose lines are joined"],
    ["no first and last line", der, "without its BEGIN and END lines"],
    ["half a certificate", encoded(cert.slice(0, 200)), "cut off or broken"],
    ["a private key", encoded(issue({ names: ["x"] }).key), "holds a private key"],
    ["a request", encoded("-----BEGIN CERTIFICATE REQUEST-----\nAA\n"), "holds a certificate request"],
    ["something else", encoded("hello"), "holds no PEM certificate"],
  ])("says what it holds: %s", (_what, caBundle, words) => {
    const sink = { spec: { type: "kafka", tls: { caBundle } } } as unknown as Sink;
    const found = messageOf(() => tlsTrust(sink, new Map()));
    expect(found).toContain(`InvalidConfiguration: spec.tls.caBundle `);
    expect(found).toContain(words);
    expect(found).toMatch(/Write the PEM text of the authority in base64\.$/);
  });
});
