import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { lookAlikeHint } from "../secrets/key-names";
import {
  invalidValue,
  optionalText,
  optionalVerbatim,
  requiredText,
  type SecretValue,
} from "../secrets/secret-values";
import type { SshEndpoint } from "./endpoint";
import type { GitEngine } from "./engine";
import { parseKnownHosts, type KnownHosts } from "./ssh/known-hosts";
import { privateKey } from "./ssh/private-key";

export interface HttpCredentials {
  readonly user: string;
  readonly password: string;
  /** The Secret's key that the password came from, for messages; `username` when there is no password. */
  readonly key: string;
  /** The values that are sent, as stored in the Secret. */
  readonly sent: readonly SecretValue[];
}

export interface SshCredentials {
  readonly user: string;
  /** A private key without passphrase in a form that the SSH client reads. */
  readonly privateKey: string;
  /** The Secret's key that the private key came from, for messages. */
  readonly key: string;
  /** Undefined when the Secret has no `known_hosts`; then no server is trusted. */
  readonly knownHosts: KnownHosts | undefined;
}

/** How the exporter reads a Secret for HTTP. */
export interface HttpReading {
  readonly engine: GitEngine;
  /** `spec.git.forceBasicAuth`: the engine cli then sends what go-git would. */
  readonly forceBasicAuth: boolean;
}

const PRIVATE_KEYS = ["ssh-privatekey", "identity", "id_rsa"] as const;

/** User names sent with a token or password without a `username`. */
const TOKEN_USER = "x-access-token";
const USER = "git";

/**
 * Basic credentials from a Secret: `token` wins over `password`, and user or password may be missing.
 * Throws `FailureError`: `SecretKeyMissing`, `SecretValueInvalid`.
 */
export function httpCredentials(secret: Secret, reading: HttpReading): HttpCredentials {
  const isPlainCli = reading.engine === "cli" && !reading.forceBasicAuth;
  const username = optionalVerbatim(secret, ["username"]);
  const token = tokenOf(secret, isPlainCli);
  const proof = token ?? optionalVerbatim(secret, ["password"]);
  const user = username ? checkedUser(secret, username) : token && !isPlainCli ? TOKEN_USER : USER;
  if (proof) {
    const sent = [username, proof].filter((value) => value !== undefined);
    return { user, password: proof.text, key: proof.key, sent };
  }
  // The git program gets credentials in the URL, and uses none at all without a password there.
  if (!username || isPlainCli) throw missing(secret);
  return { user, password: "", key: username.key, sent: [username] };
}

/** RFC 7617: a user name with a colon cannot be sent. */
function checkedUser(secret: Secret, { text }: SecretValue): string {
  if (!text.includes(":")) return text;
  throw failed(
    "SecretValueInvalid",
    `The user name of Secret ${secret.name} holds a colon, which HTTP authentication cannot send.`,
  );
}

/** The engine cli trims a token, and ignores a blank one. */
function tokenOf(secret: Secret, isTrimmed: boolean): SecretValue | undefined {
  const token = optionalVerbatim(secret, ["token"]);
  if (!token || !isTrimmed) return token;
  const text = token.text.trim();
  return text === "" ? undefined : { ...token, text };
}

/** Inputs of the credentials for SSH other than the Secret. */
export interface SshReading {
  readonly engine: GitEngine;
  readonly endpoint: SshEndpoint;
  /** False with `spec.tls.insecureSkipVerify`: known_hosts is not read then. */
  readonly verifiesHostKey: boolean;
}

/** Throws `FailureError`: `SecretKeyMissing`, `SecretValueInvalid`. */
export function sshCredentials(secret: Secret, reading: SshReading): SshCredentials {
  const { engine, endpoint, verifiesHostKey } = reading;
  const username = optionalVerbatim(secret, ["username"]);
  const user = username?.text.trim() || endpoint.user || USER;
  const key = optionalText(secret, PRIVATE_KEYS) ?? noPrivateKey(secret);
  if (engine === "cli") checkForOpenSsh(secret, key);
  const hosts = verifiesHostKey ? optionalText(secret, ["known_hosts"]) : undefined;
  const knownHosts = hosts && parseKnownHosts(hosts.text, { secret: secret.name, key: hosts.key, engine });
  return { user, privateKey: privateKey(secret, key), key: key.key, knownHosts };
}

function noPrivateKey(secret: Secret): SecretValue {
  const other = ["token", "password"].find((key) => secret.data.has(key));
  if (other === undefined || PRIVATE_KEYS.some((key) => secret.data.has(key))) {
    return requiredText(secret, PRIVATE_KEYS);
  }
  throw failed(
    "SecretKeyMissing",
    `Secret ${secret.name} does not have any of the keys ${PRIVATE_KEYS.join(", ")}. The exporter logs in over SSH ` +
      `only with a private key, and does not use the key ${other} there. Add one.`,
  );
}

const OPENSSH_FORM = /^-----BEGIN OPENSSH PRIVATE KEY-----\n[^\r]*\n-----END OPENSSH PRIVATE KEY-----\n/;

/** OpenSSH parses a key file of its own format strictly; go-git ignores line ends and text around it. */
function checkForOpenSsh(secret: Secret, { key, text }: SecretValue): void {
  if (!text.includes("BEGIN OPENSSH PRIVATE KEY")) return;
  if (OPENSSH_FORM.test(secret.data.get(key)?.toString("utf8") ?? "")) return;
  throw invalidValue(
    secret,
    key,
    "has line ends or white space that OpenSSH, which the engine cli runs, does not read. Store the file as " +
      "ssh-keygen writes it, with the line end at its end, or set spec.git.engine to go-git",
  );
}

const UNUSED_HINTS: readonly [keys: readonly string[], hint: string][] = [
  [PRIVATE_KEYS, " It holds an SSH key, which an http endpoint cannot use."],
  [["tls.key"], " It holds a client certificate, which the exporter does not show to Git servers."],
];

function missing(secret: Secret): Error {
  const unused = UNUSED_HINTS.find(([keys]) => keys.some((key) => secret.data.has(key)))?.[1] ?? "";
  const advice = (unused === "" && lookAlikeHint(secret, ["token", "password"])) || "Add one.";
  return failed(
    "SecretKeyMissing",
    `Secret ${secret.name} does not have any of the keys token, password.${unused} ${advice}`,
  );
}
