import { utils } from "ssh2";
import type { TruthRow } from "../../../lab/truth/row";
import { at, CLI, KEY, keys, OVER_SSH } from "./over-ssh";
import { PUSH, rowsOf, scanned, USER_KEYS, type SshServers } from "./server";

const PASSPHRASE = { passphrase: "of tests", cipher: "aes256-cbc", rounds: 16 } as const;

/** Keys, users and authentication over SSH. */
export const SSH_LOGIN_ROWS: readonly TruthRow<SshServers>[] = rowsOf("git", OVER_SSH, [
  ["ssh-rw", "key and known_hosts, auth.type ssh", "R", {}],
  ["ssh-auth-none", "no auth block", "C", { spec: { git: { branch: "main" } } }],
  ["ssh-git-none", "no git block", "C", { spec: {} }],
  ["ssh-auth-empty", "auth: {}", "C", { spec: { git: { auth: {} } } }],
  ["ssh-auth-token", "auth.type token", "C", { spec: { git: { auth: { type: "token" } } } }],
  ["ssh-identity", "key identity", "C", { keys: keys({ "ssh-privatekey": undefined, identity: KEY }) }],
  [
    "ssh-id-rsa",
    "key id_rsa, an RSA key",
    "C",
    {
      keys: keys({ "ssh-privatekey": undefined, id_rsa: USER_KEYS.rsa.private }),
    },
  ],
  [
    "ssh-known-hosts-key-in-both",
    "ssh-privatekey blank, identity good",
    "C",
    {
      keys: keys({ "ssh-privatekey": "", identity: KEY }),
    },
  ],
  [
    "ssh-key-order",
    "ssh-privatekey not authorised, identity good",
    "C",
    {
      keys: keys({ "ssh-privatekey": USER_KEYS.unknown.private, identity: KEY }),
    },
  ],
  [
    "ssh-other-key",
    "key that is not authorised",
    "C",
    {
      keys: keys({ "ssh-privatekey": USER_KEYS.unknown.private }),
    },
  ],
  ["ssh-no-key", "no private key", "C", { keys: keys({ "ssh-privatekey": undefined }) }],
  ["ssh-password", "password alone", "C", { keys: keys({ "ssh-privatekey": undefined, password: "x" }) }],
  [
    "ssh-passphrase",
    "key with a passphrase",
    "C",
    {
      keys: keys({ "ssh-privatekey": utils.generateKeyPairSync("ed25519", PASSPHRASE).private }),
    },
  ],
  [
    "ssh-public-key",
    "public key in place of the private one",
    "C",
    {
      keys: keys({ "ssh-privatekey": USER_KEYS.ed25519.public }),
    },
  ],
  [
    "ssh-double-base64",
    "key encoded in base64 twice",
    "C",
    {
      keys: keys({ "ssh-privatekey": Buffer.from(KEY).toString("base64") }),
    },
  ],
  [
    "ssh-escaped",
    "key with \\n in place of line ends",
    "C",
    {
      keys: keys({ "ssh-privatekey": KEY.replaceAll("\n", "\\n") }),
    },
  ],
  [
    "ssh-key-no-newline",
    "key without a newline at its end",
    "C",
    {
      keys: keys({ "ssh-privatekey": KEY.trimEnd() }),
    },
  ],
  [
    "ssh-key-no-newline-cli",
    "the same with engine cli",
    "C",
    {
      keys: (server) => ({ "ssh-privatekey": KEY.trimEnd(), known_hosts: scanned(server.ssh.host) }),
      spec: CLI,
    },
  ],
  [
    "ssh-crlf-key",
    "key with CRLF line ends",
    "C",
    {
      keys: keys({ "ssh-privatekey": KEY.replaceAll("\n", "\r\n") }),
    },
  ],
  [
    "ssh-crlf-key-cli",
    "the same with engine cli",
    "C",
    {
      keys: (server) => ({
        "ssh-privatekey": KEY.replaceAll("\n", "\r\n"),
        known_hosts: scanned(server.ssh.host),
      }),
      spec: CLI,
    },
  ],
  ["ssh-no-user", "no user in the URL", "C", { endpoint: at("") }],
  [
    "ssh-secret-user",
    "user of the Secret, none in the URL",
    "C",
    {
      endpoint: at(""),
      keys: keys({ username: "alice", "ssh-privatekey": USER_KEYS.unknown.private }),
    },
  ],
  [
    "ssh-secret-user-wins",
    "user of the Secret, another one in the URL",
    "C",
    {
      endpoint: at("git@"),
      keys: keys({ username: "alice", "ssh-privatekey": USER_KEYS.unknown.private }),
    },
  ],
  [
    "ssh-secret-user-bad",
    "unknown user of the Secret, good one in the URL",
    "C",
    {
      keys: keys({ username: "unknown" }),
    },
  ],
  [
    "ssh-secret-user-newline",
    "user of the Secret with a newline at its end",
    "C",
    {
      keys: keys({ username: "git\n" }),
    },
  ],
  [
    "ssh-url-user",
    "user in the URL alone, for whom the key is",
    "C",
    {
      endpoint: at("alice@"),
      keys: keys({ "ssh-privatekey": USER_KEYS.unknown.private }),
    },
  ],
  ["ssh-url-user-git", "user in the URL alone, and the key is for git", "C", { endpoint: at("bob@") }],
  ["ssh-no-secret", "no Secret", "C", { keys: null }],
  ["ssh-read-only", "account that may only read", "R", { keys: keys({ username: "reader" }) }],
  [
    "ssh-key-over-http",
    "an SSH key for an http endpoint",
    "C",
    {
      endpoint: ({ http }, path) => `http://127.0.0.1:${http.port}${path}`,
      spec: {},
    },
  ],
  ["ssh-token", "a token for an ssh endpoint", "C", { keys: { token: PUSH } }],
]);
