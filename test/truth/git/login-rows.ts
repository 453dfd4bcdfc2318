import type { TruthRow } from "../../../lab/truth/row";
import {
  FOR_GIT_USER,
  FOR_TOKEN_USER,
  PASSWORD,
  PUSH,
  READ,
  rowsOf,
  type HttpServers,
  type RowSettings,
} from "./server";

/** A working set over HTTP, from which every row differs in one thing. */
export const OVER_HTTP: RowSettings<HttpServers> = {
  endpoint: ({ http }, path) => `http://127.0.0.1:${http.port}${path}`,
  keys: { username: "kollect", token: PUSH },
};

const CLI = { git: { engine: "cli" as const } };
const FORCED = { git: { engine: "cli" as const, forceBasicAuth: true } };
const OWN = { git: { auth: { secretRef: { name: "own" } } } };

/** Which values of which Secret are sent, and how. */
export const LOGIN_ROWS: readonly TruthRow<HttpServers>[] = rowsOf("git", OVER_HTTP, [
  ["http-rw", "push token, main", "R", {}],
  ["http-ro", "read-only token", "R", { keys: { username: "kollect", token: READ } }],
  ["http-ro-cli", "read-only token, engine cli", "R", { keys: { token: READ }, spec: CLI }],
  ["http-wrong", "wrong token", "C", { keys: { token: "wrong" } }],
  ["http-user-password", "username and password", "C", { keys: { username: "kollect", password: PASSWORD } }],
  ["http-wrong-password", "wrong password", "C", { keys: { username: "kollect", password: "wrong" } }],
  ["http-username-only", "username without password", "C", { keys: { username: "kollect" } }],
  ["http-username-only-good", "username that needs no password", "C", { keys: { username: "alone" } }],
  ["http-username-only-cli", "username alone, engine cli", "C", { keys: { username: "alone" }, spec: CLI }],
  [
    "http-token-bad-password-good",
    "token wrong, password good",
    "C",
    {
      keys: { username: "kollect", token: "wrong", password: PASSWORD },
    },
  ],
  [
    "http-token-good-password-bad",
    "token good, password wrong",
    "C",
    {
      keys: { username: "kollect", token: PUSH, password: "wrong" },
    },
  ],
  ["http-token-user", "token alone, good for x-access-token", "C", { keys: { token: FOR_TOKEN_USER } }],
  ["http-token-user-git", "token alone, good for git", "C", { keys: { token: FOR_GIT_USER } }],
  [
    "http-token-user-cli",
    "token alone, good for x-access-token, cli",
    "C",
    {
      keys: { token: FOR_TOKEN_USER },
      spec: CLI,
    },
  ],
  [
    "http-token-user-git-cli",
    "token alone, good for git, cli",
    "C",
    {
      keys: { token: FOR_GIT_USER },
      spec: CLI,
    },
  ],
  [
    "http-token-user-cli-forced",
    "token alone, good for x-access-token, cli with forceBasicAuth",
    "C",
    {
      keys: { token: FOR_TOKEN_USER },
      spec: FORCED,
    },
  ],
  ["http-password-user", "password alone, good for git", "C", { keys: { password: FOR_GIT_USER } }],
  ["http-password-user-other", "password alone, good for kollect", "C", { keys: { password: PASSWORD } }],
  ["http-newline", "token with a newline at its end", "C", { keys: { token: `${PUSH}\n` } }],
  ["http-crlf", "token with CRLF at its end", "C", { keys: { token: `${PUSH}\r\n` } }],
  ["http-space", "token with a blank and a newline at its end", "C", { keys: { token: `${PUSH} \n` } }],
  ["http-space-before", "token with a blank before it", "C", { keys: { token: ` ${PUSH}` } }],
  [
    "http-password-newline",
    "password with a newline at its end",
    "C",
    {
      keys: { username: "kollect", password: `${PASSWORD}\n` },
    },
  ],
  [
    "http-cli-newline",
    "engine cli, token with a newline at its end",
    "C",
    {
      keys: { token: `${PUSH}\n` },
      spec: CLI,
    },
  ],
  [
    "http-cli-newline-forced",
    "engine cli with forceBasicAuth, token with a newline",
    "C",
    {
      keys: { token: `${PUSH}\n` },
      spec: FORCED,
    },
  ],
  [
    "http-cli-password-newline",
    "engine cli, password with a newline",
    "C",
    {
      keys: { username: "kollect", password: `${PASSWORD}\n` },
      spec: CLI,
    },
  ],
  [
    "http-token-blank",
    'token "" beside good username and password',
    "C",
    {
      keys: { token: "", username: "kollect", password: PASSWORD },
    },
  ],
  [
    "http-token-newline-alone",
    "token of a newline alone, password good",
    "C",
    {
      keys: { token: "\n", username: "kollect", password: PASSWORD },
    },
  ],
  [
    "http-token-newline-alone-cli",
    "the same with engine cli",
    "C",
    {
      keys: { token: "\n", username: "kollect", password: PASSWORD },
      spec: CLI,
    },
  ],
  [
    "http-username-blank",
    'username "" beside a token for x-access-token',
    "C",
    {
      keys: { username: "", token: FOR_TOKEN_USER },
    },
  ],
  [
    "http-username-newline",
    "username with a newline, any name is good",
    "C",
    {
      keys: { username: "kollect\n", token: PUSH },
    },
  ],
  [
    "http-username-newline-strict",
    "username with a newline, the name counts",
    "C",
    {
      keys: { username: "kollect\n", password: PASSWORD },
    },
  ],
  ["http-forced", "forceBasicAuth", "C", { spec: { git: { forceBasicAuth: true } } }],
  ["http-cli", "engine cli", "C", { spec: CLI }],
  ["http-cli-forced", "engine cli with forceBasicAuth", "C", { spec: FORCED }],
  ["http-no-secret", "no Secret", "C", { keys: null }],
  ["http-no-keys", "Secret without a key that is read", "C", { keys: { user: "kollect", pass: PASSWORD } }],
  [
    "http-client-certificate",
    "Secret with a client certificate alone",
    "C",
    {
      keys: { "tls.crt": "x", "tls.key": "x" },
    },
  ],
  [
    "http-auth-secretref",
    "git.auth.secretRef good, spec.secretRef bad",
    "C",
    {
      keys: { token: "wrong" },
      spec: OWN,
      secrets: { own: { token: PUSH } },
    },
  ],
  [
    "http-auth-secretref-bad",
    "git.auth.secretRef bad, spec.secretRef good",
    "C",
    {
      spec: OWN,
      secrets: { own: { token: "wrong" } },
    },
  ],
  [
    "http-auth-secretref-partly",
    "git.auth.secretRef has a user, spec.secretRef the token",
    "C",
    {
      keys: { token: PUSH },
      spec: OWN,
      secrets: { own: { username: "kollect" } },
    },
  ],
  ["http-auth-secretref-dangling", "git.auth.secretRef dangling, spec.secretRef good", "C", { spec: OWN }],
  [
    "http-secretref-dangling",
    "git.auth.secretRef good, spec.secretRef dangling",
    "C",
    {
      keys: null,
      spec: { ...OWN, secretRef: { name: "nope" } },
      secrets: { own: { token: PUSH } },
    },
  ],
  [
    "http-ca-dangling",
    "tls.caSecretRef dangling on an http endpoint",
    "C",
    {
      spec: { tls: { caSecretRef: { name: "nope" } } },
    },
  ],
  [
    "http-userinfo",
    "user and password in the URL beside a good Secret",
    "C",
    {
      endpoint: ({ http }, path) => `http://other:user@127.0.0.1:${http.port}${path}`,
    },
  ],
  [
    "http-userinfo-only",
    "user and password in the URL alone",
    "C",
    {
      endpoint: ({ http }, path) =>
        `http://kollect:${encodeURIComponent(PASSWORD)}@127.0.0.1:${http.port}${path}`,
      keys: null,
    },
  ],
  [
    "http-userinfo-user",
    "user in the URL, its password in the Secret",
    "C",
    {
      endpoint: ({ http }, path) => `http://kollect@127.0.0.1:${http.port}${path}`,
      keys: { password: PASSWORD },
    },
  ],
  ["http-auth-type-token", "git.auth.type token", "C", { spec: { git: { auth: { type: "token" } } } }],
  ["http-auth-type-ssh", "git.auth.type ssh", "C", { spec: { git: { auth: { type: "ssh" } } } }],
]);
