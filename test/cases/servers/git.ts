import { generateKeyPairSync } from "node:crypto";
import { keyPair, knownHost, type SshKeyPair } from "../../../lab/backends/git-keys";
import { createAuthority } from "../../../lab/pki";
import { startGitHttp } from "../../../lab/servers/git/http";
import { gitRepositories } from "../../../lab/servers/git/repositories";
import { startGitSsh } from "../../../lab/servers/git/sshd";
import type { CaseServer, CaseServers } from "../run";
import { caValues } from "./ca-values";

const TOKEN = "glpat-tok&en/of tests%41";
const PASSPHRASE = "passphrase of tests";

/** Servers for cases of types git and gitlab: repository inventory with branch main. */
export const GIT_SERVERS: CaseServers = {
  git: overHttp,
  gitlab: overHttp,
  /** Over SSH, for user git with one key, and with two host keys. */
  "git-ssh": async () => {
    const [user, host, former] = [keyPair("rsa"), keyPair(), keyPair()];
    const repositories = await gitRepositories();
    await repositories.create("inventory", { branches: ["main"] });
    const server = await startGitSsh({
      root: repositories.root,
      hostKeys: [host.private],
      users: { git: { authorizedKeys: [user.public], mayPush: true } },
    });
    const stop = async (): Promise<void> => {
      await server.stop();
      await repositories.remove();
    };
    const at = `${server.host}:${server.port}`;
    const named = `[${server.host}]:${server.port}`;
    const hosts = {
      knownHosts: knownHost(named, host),
      knownHostsWithoutPort: knownHost(server.host, host),
      oldKnownHosts: knownHost(named, former),
    };
    return { values: { server: at, ...hosts, ...keyForms(user) }, stop };
  },
};

/** Over HTTP, for users x-access-token and kollect with a token. */
async function overHttp(): Promise<CaseServer> {
  const repositories = await gitRepositories();
  await repositories.create("inventory", { branches: ["main"] });
  const accounts = ["x-access-token", "kollect"].map((user) => ({ user, password: TOKEN, mayPush: true }));
  const server = await startGitHttp({ root: repositories.root, accounts });
  const stop = async (): Promise<void> => {
    await server.stop();
    await repositories.remove();
  };
  const values = { server: `${server.host}:${server.port}`, token: TOKEN, ...caValues(createAuthority()) };
  return { values, stop };
}

/** A private key as it is, and as it was stored in reports. */
function keyForms(pair: SshKeyPair): Record<string, string> {
  const { private: privateKey, public: publicKey } = pair;
  return {
    privateKey,
    publicKey,
    privateKeyCrlf: privateKey.replaceAll("\n", "\r\n"),
    privateKeyTrimmed: privateKey.trimEnd(),
    privateKeyEscaped: privateKey.replaceAll("\n", "\\n"),
    encryptedKey: encryptedKey(),
  };
}

/** As openssl writes one with a passphrase. */
function encryptedKey(): string {
  return generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE },
  }).privateKey;
}
