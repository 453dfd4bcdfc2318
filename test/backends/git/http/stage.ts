import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { ProbeReport } from "../../../../capabilities/domain/outcome";
import { gitlabProbe, gitProbe } from "../../../../capabilities/probes/git/probe";
import { gitCase, PASSWORD, READER_TOKEN, TOKEN, type GitCaseOptions } from "../../../../lab/backends/git";
import { runCase, type RunOptions } from "../../../../lab/backends/run-case";
import { startGitHttp, type GitHttpOptions, type GitHttpServer } from "../../../../lab/servers/git/http";
import { gitRepositories, type GitRepositories } from "../../../../lab/servers/git/repositories";
import { expectClean } from "../../../contract/leaks";

const ACCOUNTS = [
  { user: "kollect", password: TOKEN, mayPush: true },
  { user: "kollect", password: PASSWORD, mayPush: true },
  { user: "x-access-token", password: TOKEN, mayPush: true },
  { user: "git", password: TOKEN, mayPush: true },
  { user: "reader", password: READER_TOKEN, mayPush: false },
];
const SECRETS = [TOKEN, PASSWORD, READER_TOKEN];

export interface Stage {
  readonly repositories: GitRepositories;
  /** Serves the repositories to these accounts. */
  readonly server: GitHttpServer;
  /** Another server of the same repositories, until the end of the test. */
  serverWith(options: Partial<GitHttpOptions>): Promise<GitHttpServer>;
}

/** Repositories and a server of them for the tests of a file. */
export function useGitHttp(): Stage {
  let repositories: GitRepositories;
  let server: GitHttpServer;
  beforeAll(async () => {
    repositories = await gitRepositories();
    await repositories.create("inventory", { branches: ["main", "release/1"] });
    await repositories.create("empty");
    await repositories.create("unborn", { branches: ["other"], head: "main" });
    await repositories.create("sha256", { branches: ["main"], objectFormat: "sha256" });
    await repositories.create("empty256", { objectFormat: "sha256" });
    server = await startGitHttp({ root: repositories.root, accounts: ACCOUNTS });
  });
  afterAll(async () => {
    await server?.stop();
    await repositories?.remove();
  });
  return {
    get repositories() {
      return repositories;
    },
    get server() {
      return server;
    },
    serverWith: async (options) => {
      const other = await startGitHttp({ root: repositories.root, accounts: ACCOUNTS, ...options });
      onTestFinished(() => other.stop());
      return other;
    },
  };
}

export function urlOf({ port }: { port: number }, path = "/inventory.git", host = "127.0.0.1"): string {
  return `http://${host}:${port}${path}`;
}

export async function probe(
  endpoint: string,
  options: GitCaseOptions = {},
  run: RunOptions = {},
): Promise<ProbeReport> {
  const subject = options.type === "gitlab" ? gitlabProbe : gitProbe;
  const report = await runCase(subject, gitCase(endpoint, options), run);
  expectClean(report, SECRETS);
  return report;
}

export const BRANCH = { git: { branch: "main" } };
export const CLI = { git: { engine: "cli" as const } };

/** What a server says to every request, instead of what Git would. */
export function answer(status: number, headers: Record<string, string> = {}, body = "no") {
  return (_: IncomingMessage, response: ServerResponse): boolean => {
    response.writeHead(status, headers).end([204, 304].includes(status) ? undefined : body);
    return true;
  };
}
