import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Construction, GitAuth } from "./construction";
import { aliasOf, goKnownHosts } from "./go-known-hosts";
import { StepFailed } from "./step";

/** How the git program is run so that it does what an engine of the exporter would. */
export interface Transport {
  readonly url: string;
  readonly config: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export type Engine = "go-git" | "cli";

interface Options {
  readonly engine: Engine;
  readonly forceBasicAuth: boolean;
  /** For files that the program reads. */
  readonly folder: string;
}

/** The transport of a construction. Throws `StepFailed` where the exporter refuses before it dials. */
export function transportOf(made: Construction, options: Options): Promise<Transport> {
  return made.url.protocol === "ssh:" ? overSsh(made, options) : overHttp(made, options);
}

/**
 * Facts, 2.6: go-git sends Basic credentials verbatim with the first request; the engine cli gets a trimmed token or the
 * password in the URL, and ignores the authorities.
 */
async function overHttp(made: Construction, { engine, forceBasicAuth, folder }: Options): Promise<Transport> {
  const { url, auth, ca, insecure } = made;
  const env: Record<string, string> = insecure ? { GIT_SSL_NO_VERIFY: "true" } : {};
  if (engine === "go-git" && ca) {
    env["GIT_SSL_CAINFO"] = join(folder, "ca.pem");
    await writeFile(env["GIT_SSL_CAINFO"], ca);
  }
  if (engine === "cli" && !forceBasicAuth) return { url: withUserinfo(url, auth), config: [], env };
  const pair = basicPair(auth);
  // The git program takes one slash at the end for its own, and go-git does not.
  const address = engine === "go-git" && url.pathname.endsWith("/") ? `${url.href}/` : url.href;
  const header = `http.extraHeader=Authorization: Basic ${Buffer.from(pair ?? "").toString("base64")}`;
  return { url: address, config: pair === undefined ? [] : ["-c", header], env };
}

/** Whatever there is of user and password; a user alone too. */
function basicPair({ username, password, token }: GitAuth): string | undefined {
  if (username === "" && password === "" && token === "") return undefined;
  const user = username || (token ? "x-access-token" : "git");
  return `${user}:${token || password}`;
}

function withUserinfo(from: URL, { username, password, token }: GitAuth): string {
  const url = new URL(from);
  const proof = token.trim() || password;
  if (proof === "") return url.href;
  url.username = encodeURIComponent(username || "git");
  url.password = encodeURIComponent(proof);
  return url.href;
}

const QUIET =
  "-F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o GlobalKnownHostsFile=/dev/null";

/**
 * Facts, 2.6: a key and known_hosts are needed. go-git does not mind how a key file ends, and cuts the URL's userinfo off
 * before it logs in (read in its source). The engine cli looks for the plain host name; which account it logs in to
 * depends on the exporter's pod, and is the Secret's or `git` here.
 */
async function overSsh(
  { url, auth, insecure }: Construction,
  { engine, folder }: Options,
): Promise<Transport> {
  const { privateKey } = auth;
  if (!privateKey) throw new StepFailed("authentication", "ssh git export requires ssh-privatekey");
  const at = { hostname: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) || 22 };
  const [keyFile, hostsFile] = [join(folder, "key"), join(folder, "known_hosts")];
  const isCli = engine === "cli";
  await writeFile(keyFile, isCli ? privateKey : normalised(privateKey), { mode: 0o600 });
  if (!insecure) {
    const text = knownHostsOf(auth);
    await writeFile(hostsFile, isCli ? text : goKnownHosts(text, at));
  }
  const host = insecure
    ? "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    : `-o StrictHostKeyChecking=yes -o UserKnownHostsFile=${hostsFile}`;
  const alias = isCli ? at.hostname : aliasOf(at);
  const user = auth.username.trim() || "git";
  const command = `ssh ${QUIET} -i ${keyFile} ${host} -o 'HostKeyAlias=${alias}' -l '${user}'`;
  return { url: url.href, config: [], env: { GIT_SSH_COMMAND: command } };
}

function knownHostsOf({ knownHosts }: GitAuth): string {
  if (knownHosts) return knownHosts.toString();
  throw new StepFailed("authentication", "ssh git export requires known_hosts");
}

function normalised(key: Buffer): string {
  return `${key.toString().replaceAll("\r\n", "\n").trim()}\n`;
}
