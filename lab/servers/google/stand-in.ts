import { createPublicKey, generateKeyPairSync, randomBytes, verify, type KeyObject } from "node:crypto";
import type { Issued } from "../../pki";
import { startWeb, type WebAnswer, type WebRequest, type WebServer } from "../web";

/** A service account that the stand-in knows, with the key file that its owner holds. */
export interface TestAccount {
  readonly email: string;
  readonly keyId: string;
  readonly publicKey: KeyObject;
  /** The key file's members; `token_uri` is added by {@link GoogleStandIn.keyFile}. */
  readonly file: Readonly<Record<string, string>>;
}

/** A new account with a key of its own. */
export function createAccount(name: string): TestAccount {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const email = `${name}@tests.iam.gserviceaccount.com`;
  const keyId = randomBytes(20).toString("hex");
  const privatePem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const file = {
    type: "service_account",
    project_id: "tests",
    private_key_id: keyId,
    private_key: privatePem,
    client_email: email,
  };
  return {
    email,
    keyId,
    publicKey: createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
    file,
  };
}

export interface GoogleStandIn {
  readonly host: string;
  readonly port: number;
  readonly requests: WebServer["requests"];
  /** The account's key file as `credentials.json` holds it. */
  keyFile(account: TestAccount, changes?: Readonly<Record<string, unknown>>): string;
  /** Makes another address the token endpoint's as well; returns it as a change of the key file. */
  alsoAt(address: { readonly host: string; readonly port: number }): Readonly<Record<string, string>>;
  /** A token that the API takes, as the account's own platform would give it. */
  issueToken(account: TestAccount): string;
  close(): Promise<void>;
}

export interface GoogleStandInOptions {
  readonly tls: Issued;
  readonly accounts: readonly TestAccount[];
  /** The scope without which the API takes no token. */
  readonly scope: string;
  /** The API behind the token check. */
  readonly api: (request: WebRequest, email: string) => WebAnswer | Promise<WebAnswer>;
}

/**
 * Stands in for Google's token endpoint and the token check before its APIs, over HTTPS at `localhost`. It
 * checks what Google checks: the assertion's signature, key id, issuer, audience, scope and times, and that
 * a token was issued by it and for the API's scope. What it cannot show is how the real service words
 * anything else.
 */
export async function startGoogle(options: GoogleStandInOptions): Promise<GoogleStandIn> {
  const tokens = new Map<string, { readonly email: string; readonly scope: string }>();
  const audiences = new Set<string>();
  function answer(request: WebRequest): WebAnswer | Promise<WebAnswer> {
    if (request.path === "/token") return issueToken(request, { ...options, tokens, audiences });
    const [, bearer = ""] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
    const token = tokens.get(bearer);
    if (!token) return apiError(401, "authError", "UNAUTHENTICATED");
    if (token.scope !== options.scope) return apiError(403, "insufficientPermissions", "PERMISSION_DENIED");
    return options.api(request, token.email);
  }
  const server = await startWeb(answer, options.tls);
  const known = ({ host, port }: { host: string; port: number }): string => {
    const uri = `https://${host}:${port}/token`;
    audiences.add(uri);
    return uri;
  };
  const tokenUri = known({ host: "localhost", port: server.port });
  return {
    host: server.host,
    port: server.port,
    requests: server.requests,
    keyFile: ({ file }, changes = {}) => JSON.stringify({ ...file, token_uri: tokenUri, ...changes }),
    alsoAt: (address) => ({ token_uri: known(address) }),
    issueToken: ({ email }) => newToken(tokens, { email, scope: options.scope }),
    close: () => server.close(),
  };
}

/** An error in the form of Google's APIs. */
export function apiError(code: number, reason: string, status: string): WebAnswer {
  const message = "canary-server-message";
  const body = { error: { code, message, errors: [{ message, domain: "global", reason }], status } };
  return json(code, body);
}

/** An answer in JSON. */
export function json(status: number, body: unknown): WebAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

interface TokenContext extends Pick<GoogleStandInOptions, "accounts"> {
  readonly tokens: Map<string, { readonly email: string; readonly scope: string }>;
  /** The addresses under which the endpoint is known. */
  readonly audiences: ReadonlySet<string>;
}

function issueToken({ method, body }: WebRequest, context: TokenContext): WebAnswer {
  const form = new URLSearchParams(body);
  if (method !== "POST" || form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") {
    return tokenError("unsupported_grant_type");
  }
  const claims = believedClaims(form.get("assertion") ?? "", context);
  if (!claims) return tokenError("invalid_grant");
  if (!claims.scope) return tokenError("invalid_scope");
  const token = newToken(context.tokens, { email: claims.iss, scope: claims.scope });
  return json(200, { access_token: token, expires_in: 3599, token_type: "Bearer" });
}

function newToken(tokens: TokenContext["tokens"], holder: { email: string; scope: string }): string {
  const token = `ya29.${randomBytes(48).toString("base64url")}`;
  tokens.set(token, holder);
  return token;
}

function tokenError(error: string): WebAnswer {
  return json(400, { error, error_description: "canary-server-message" });
}

interface Claims {
  readonly iss: string;
  readonly scope: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
}

function believedClaims(
  assertion: string,
  { audiences, accounts }: Pick<TokenContext, "audiences" | "accounts">,
): Claims | undefined {
  const [header = "", payload = "", signature = ""] = assertion.split(".");
  const { alg, typ, kid } = decoded<Record<string, unknown>>(header);
  const claims = decoded<Claims>(payload);
  const account = accounts.find(({ email, keyId }) => email === claims.iss && keyId === kid);
  const isMeant = alg === "RS256" && typ === "JWT" && audiences.has(claims.aud) && isTimely(claims);
  if (!account || !isMeant) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  const isGenuine = verify("sha256", signed, account.publicKey, Buffer.from(signature, "base64url"));
  return isGenuine ? claims : undefined;
}

function isTimely({ iat, exp }: Claims): boolean {
  const now = Date.now() / 1000;
  return iat <= now + 300 && exp > now && exp - iat <= 3600;
}

function decoded<T>(part: string): T {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8") || "{}") as T;
}
