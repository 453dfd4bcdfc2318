import { generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import { signedAssertion } from "../../../../capabilities/probes/google/token";
import {
  parseServiceAccount,
  type ServiceAccount,
} from "../../../../capabilities/probes/google/service-account";

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: typeof RSA.privateKey): string => key.export({ type: "pkcs8", format: "pem" }).toString();
const FILE = {
  type: "service_account",
  client_email: "kollect@shop.iam.gserviceaccount.com",
  private_key_id: "abc123",
  private_key: pem(RSA.privateKey),
};

const SECRET = { namespace: "shop", name: "gcs-key", resourceVersion: "1", data: new Map<string, Buffer>() };

function parse(text: string): ServiceAccount {
  return parseServiceAccount({ secret: "sa", key: "credentials.json", text }, SECRET);
}

describe("parseServiceAccount", () => {
  it("reads a key file", () => {
    const account = parse(JSON.stringify({ ...FILE, token_uri: "https://tokens.example/token" }));
    expect(account).toMatchObject({
      email: "kollect@shop.iam.gserviceaccount.com",
      keyId: "abc123",
      source: "the key credentials.json of Secret gcs-key",
    });
    expect(account.tokenUri.href).toBe("https://tokens.example/token");
  });

  it("asks Google's own token endpoint when the file names none", () => {
    expect(parse(JSON.stringify(FILE)).tokenUri.href).toBe("https://oauth2.googleapis.com/token");
  });

  it.each<[what: string, text: string, says: RegExp]>([
    ["text", "hunter22", /is not JSON/],
    ["an array", '["hunter22"]', /is not JSON/],
    ["null", "null", /is not JSON/],
    ["base64 of the file", Buffer.from(JSON.stringify(FILE)).toString("base64"), /in base64, in addition to/],
    [
      "the file as a string",
      JSON.stringify(JSON.stringify(FILE)),
      /JSON in quotes, as a string\. Store the key file/,
    ],
    ["the file in single quotes", `'${JSON.stringify(FILE)}'`, /JSON in quotes/],
    [
      "raw line breaks",
      JSON.stringify(FILE).replaceAll("\\n", "\n"),
      /line breaks where JSON has \\n\. Store/,
    ],
    ["a byte order mark", `\ufeff${JSON.stringify(FILE)}`, /begins with a byte order mark/],
    ["the key alone", FILE.private_key, /a key in PEM instead of the whole key file/],
    ["the name of a file", "/secrets/hunter22.json", /holds the name of a file/],
    [
      "line breaks that are escaped twice",
      JSON.stringify({ ...FILE, private_key: FILE.private_key.replaceAll("\n", "\\n") }),
      /whose line breaks are escaped twice \(\\\\n instead of \\n\)\. Store the key file/,
    ],
    [
      "a user's credentials",
      '{"type":"authorized_user","refresh_token":"hunter22"}',
      /of type authorized_user, but/,
    ],
    ["a type that is no word", '{"type":"hunter22 hunter22"}', /holds credentials, but only/],
    ["a type that no tool writes", '{"type":"hunter_two"}', /holds credentials, but only/],
    ["no type", "{}", /holds credentials, but only/],
    ["an inherited type", '{"__proto__":{"type":"service_account"}}', /holds credentials, but only/],
    ["no address but a word", JSON.stringify({ ...FILE, client_email: "hunter22" }), /has no client_email/],
    [
      "a token_uri that was cut in a password",
      JSON.stringify({ ...FILE, token_uri: "https://u:443/hunter22@oauth2.googleapis.com/token" }),
      /token_uri that is not an https URL/,
    ],
    ["no address", JSON.stringify({ ...FILE, client_email: undefined }), /has no client_email/],
    [
      "an address with a line end",
      JSON.stringify({ ...FILE, client_email: "a@b\nhunter22" }),
      /has no client_email/,
    ],
    ["no key", JSON.stringify({ ...FILE, private_key: undefined }), /no private_key that is an RSA key/],
    ["a broken key", JSON.stringify({ ...FILE, private_key: "hunter22" }), /no private_key/],
    ["a key that is not RSA", JSON.stringify({ ...FILE, private_key: pem(EC.privateKey) }), /no private_key/],
    ["a number as key", JSON.stringify({ ...FILE, private_key: 22 }), /no private_key/],
    [
      "a plain token endpoint",
      JSON.stringify({ ...FILE, token_uri: "http://oauth2.googleapis.com/token" }),
      /token_uri/,
    ],
    [
      "a token endpoint with a password",
      JSON.stringify({ ...FILE, token_uri: "https://x:hunter22@h/t" }),
      /token_uri/,
    ],
    [
      "a token endpoint with a query",
      JSON.stringify({ ...FILE, token_uri: "https://h/t?a=hunter22" }),
      /token_uri/,
    ],
    ["a token endpoint that is no URL", JSON.stringify({ ...FILE, token_uri: "hunter22" }), /token_uri/],
    ["a token endpoint in a file", JSON.stringify({ ...FILE, token_uri: "file:///etc/passwd" }), /token_uri/],
  ])("refuses %s without quoting it", (_what, text, says) => {
    const read = (): ServiceAccount => parse(text);
    expect(read).toThrow(FailureError);
    expect(read).toThrow(says);
    expect(read).toThrow(/The key credentials\.json of Secret gcs-key/);
    expect(read).not.toThrow(/hunter22|BEGIN|token_uri":/);
  });
});

describe("signedAssertion", () => {
  const account = parse(JSON.stringify(FILE));
  const now = Date.parse("2026-11-23T12:00:00.700Z");
  const [header = "", claims = "", signature = ""] = signedAssertion(account, { scope: "a b", now }).split(
    ".",
  );
  const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());

  it("claims to be the account for an hour, and for nothing but the scope", () => {
    expect(decoded(header)).toEqual({ alg: "RS256", typ: "JWT", kid: "abc123" });
    expect(decoded(claims)).toEqual({
      iss: FILE.client_email,
      scope: "a b",
      aud: "https://oauth2.googleapis.com/token",
      iat: 1_795_435_200,
      exp: 1_795_438_800,
    });
  });

  it("is signed so that the public key verifies it, and no other", () => {
    const signed = Buffer.from(`${header}.${claims}`);
    const bytes = Buffer.from(signature, "base64url");
    expect(verify("RSA-SHA256", signed, RSA.publicKey, bytes)).toBe(true);
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
    expect(verify("RSA-SHA256", signed, other, bytes)).toBe(false);
  });
});
