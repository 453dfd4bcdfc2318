import { gitCase, TOKEN, trusting } from "../../backends/git";
import { keyPair, knownHost } from "../../backends/git-keys";
import { BUCKET, s3Case, USER } from "../../backends/s3";
import { startFakeGcs } from "../../servers/fake-gcs";
import { startGcs } from "../../servers/gcs";
import { startGitHttp } from "../../servers/git-http";
import { gitRepositories, type GitRepositories } from "../../servers/git-repositories";
import { startGitSsh } from "../../servers/git-sshd";
import { createAccount } from "../../servers/google";
import { startS3 } from "../../servers/versitygw";
import { orStop, type Backend, type BackendContext, type RunningBackend } from "./backend";

const BRANCH = "main";

export const git: Backend = {
  name: "git",
  server: "git http-backend",
  needs: ["git"],
  start: (context) => startHttp("git", context),
};

export const gitlab: Backend = {
  name: "gitlab",
  server: "git http-backend, with the exporter's user name for tokens",
  needs: ["git"],
  start: (context) => startHttp("gitlab", context),
};

async function startHttp(type: "git" | "gitlab", { authority }: BackendContext): Promise<RunningBackend> {
  const user = type === "git" ? "kollect" : "x-access-token";
  const repositories = await withRepository();
  const stopping: Array<() => Promise<void>> = [repositories.remove];
  return orStop(
    () => stopAll(stopping),
    async () => {
      const server = await startGitHttp({
        root: repositories.root,
        accounts: [{ user, password: TOKEN, mayPush: true }],
        tls: authority.issue({ names: ["localhost"] }),
      });
      stopping.unshift(server.stop);
      const secret = { token: TOKEN, ...(type === "git" ? { username: user } : {}) };
      const target = type === "git" ? { git: { branch: BRANCH } } : {};
      const endpoint = `https://localhost:${server.port}/inventory.git`;
      return gitCase(endpoint, { type, secret, ...target, tls: trusting(authority.cert) });
    },
  );
}

export const gitSsh: Backend = {
  name: "git-ssh",
  server: "golang.org/x/crypto/ssh with Git behind it",
  needs: ["git", "go"],
  program: "git-sshd",
  start: async () => {
    const [hostKey, userKey] = [keyPair(), keyPair()];
    const repositories = await withRepository();
    const stopping: Array<() => Promise<void>> = [repositories.remove];
    return orStop(
      () => stopAll(stopping),
      async () => {
        const { host, port, stop } = await startGitSsh({
          root: repositories.root,
          hostKeys: [hostKey.private],
          users: { git: { authorizedKeys: [userKey.public], mayPush: true } },
        });
        stopping.unshift(stop);
        const known_hosts = knownHost(`[${host}]:${port}`, hostKey);
        const secret = { "ssh-privatekey": userKey.private, known_hosts };
        return gitCase(`ssh://git@${host}:${port}/inventory.git`, { secret, git: { branch: BRANCH } });
      },
    );
  },
};

async function withRepository(): Promise<GitRepositories> {
  const repositories = await gitRepositories();
  try {
    await repositories.create("inventory", { branches: [BRANCH] });
    return repositories;
  } catch (error) {
    await repositories.remove();
    throw error;
  }
}

export const s3: Backend = {
  name: "s3",
  server: "versitygw",
  needs: ["go"],
  program: "versitygw",
  start: async ({ authority }) => {
    const server = await startS3({ tls: authority.issue({ names: ["localhost"] }) });
    return orStop(server.stop, async () => {
      await server.createUser(USER.accessKeyID, USER.secretAccessKey);
      await server.createBucket(BUCKET, USER.accessKeyID);
      const endpoint = `https://localhost:${server.port}/${BUCKET}/snapshots`;
      return s3Case(endpoint, { tls: trusting(authority.cert) });
    });
  },
};

export const gcs: Backend = {
  name: "gcs",
  server: "fake-gcs-server behind a check of tokens and rights",
  needs: ["go"],
  program: "fake-gcs-server",
  start: async ({ authority }) => {
    const storage = await startFakeGcs();
    const stopping: Array<() => Promise<void>> = [storage.stop];
    return orStop(
      () => stopAll(stopping),
      async () => {
        await storage.createBucket(BUCKET);
        const account = createAccount("kollect");
        const tls = authority.issue({ names: ["localhost"] });
        const grants = new Map([[account, ["storage.objects.create"]]]);
        const server = await startGcs({ tls, grants, storage });
        stopping.unshift(server.close);
        return s3Case(`https://localhost:${server.port}/${BUCKET}/snapshots`, {
          type: "gcs",
          secret: { "credentials.json": server.keyFile(account) },
          tls: trusting(authority.cert),
        });
      },
    );
  },
};

async function stopAll(stopping: ReadonlyArray<() => Promise<void>>): Promise<void> {
  for (const stop of stopping) await stop();
}
