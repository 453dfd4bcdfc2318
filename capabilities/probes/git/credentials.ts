import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { optionalText, optionalVerbatim, requiredText, type SecretValue } from "../secret-values";
import type { SshEndpoint } from "./endpoint";
import { parseKnownHosts, type KnownHosts } from "./ssh/known-hosts";
import { privateKey } from "./ssh/private-key";

/** Sink types that are Git servers. */
export type GitType = "git" | "gitlab";

export interface HttpCredentials {
  readonly user: string;
  readonly password: string;
  /** The Secret's key that the password came from, for messages. */
  readonly key: string;
}

export interface SshCredentials {
  readonly user: string;
  /** What proves the user: a private key without passphrase in a form that the SSH client reads, or a password. */
  readonly proof: { readonly privateKey: string } | { readonly password: string };
  /** The Secret's key that the proof came from, for messages. */
  readonly key: string;
  /** Undefined when the Secret has no `known_hosts`; then no server is believed. */
  readonly knownHosts: KnownHosts | undefined;
}

const PRIVATE_KEYS = ["ssh-privatekey", "identity", "id_rsa"] as const;

/** Who may be anybody when a token proves it all; GitLab wants this name for OAuth tokens. */
const TOKEN_USERS: Readonly<Record<GitType, string>> = { git: "git", gitlab: "oauth2" };

/**
 * Basic credentials from a Secret: `token` wins over `username` and `password`. Undefined only when they are
 * optional and the Secret has none.
 * Throws `FailureError`: `SecretKeyMissing`, `SecretValueInvalid`, `InvalidConfiguration`.
 */
export function httpCredentials(
  type: GitType,
  secret: Secret,
  options: { readonly user: string | undefined; readonly isOptional: boolean },
): HttpCredentials | undefined {
  const named = optionalVerbatim(secret, ["username"])?.text ?? options.user;
  const token = optionalVerbatim(secret, ["token"]);
  if (token) {
    const user = type === "gitlab" ? TOKEN_USERS.gitlab : (named ?? TOKEN_USERS.git);
    return checked(secret, user, token);
  }
  const password = optionalVerbatim(secret, ["password"]);
  if (!password && options.isOptional) return undefined;
  if (!password) throw missing(secret);
  return checked(secret, named ?? TOKEN_USERS[type], password);
}

/** Throws `FailureError`: `SecretKeyMissing`, `SecretValueInvalid`. */
export function sshCredentials(secret: Secret, endpoint: SshEndpoint): SshCredentials {
  const user = endpoint.user ?? optionalVerbatim(secret, ["username"])?.text ?? "git";
  const hosts = optionalText(secret, ["known_hosts"]);
  const knownHosts = hosts && parseKnownHosts(hosts.text, { secret: secret.name, key: hosts.key });
  const key = optionalText(secret, PRIVATE_KEYS);
  if (key) return { user, proof: { privateKey: privateKey(secret, key) }, key: key.key, knownHosts };
  const password = optionalVerbatim(secret, ["password"]) ?? requiredText(secret, PRIVATE_KEYS);
  return { user, proof: { password: password.text }, key: password.key, knownHosts };
}

/** RFC 7617: a user name with a colon cannot be sent. */
function checked(secret: Secret, user: string, { key, text }: SecretValue): HttpCredentials {
  if (!user.includes(":")) return { user, password: text, key };
  throw failed(
    "SecretValueInvalid",
    `The user name of Secret ${secret.name} holds a colon, which HTTP authentication cannot send.`,
  );
}

function missing(secret: Secret): Error {
  const hasKey = PRIVATE_KEYS.some((key) => secret.data.has(key));
  const hint = hasKey ? " It holds an SSH key, which an http endpoint cannot use." : "";
  return failed(
    "SecretKeyMissing",
    `Secret ${secret.name} does not have any of the keys token, password.${hint} Add one.`,
  );
}
