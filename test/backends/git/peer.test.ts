import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitProbe } from "../../../capabilities/probes/git/probe";
import { runCase } from "../../../lab/backends/run-case";
import { startGitHttp, type GitHttpServer } from "../../../lab/servers/git/http";
import { gitEnvironment, gitRepositories, type GitRepositories } from "../../../lab/servers/git/repositories";
import { gitCase, READER_TOKEN, TOKEN } from "../../../lab/backends/git";

const run = promisify(execFile);

/** Held against Git itself: what the probe says must be what it does with the same credentials. */
describe("the probe and Git's own client", () => {
  let repositories: GitRepositories;
  let server: GitHttpServer;

  beforeAll(async () => {
    repositories = await gitRepositories();
    await repositories.create("inventory", { branches: ["main", "release/1"] });
    await repositories.create("sha256", { branches: ["main"], objectFormat: "sha256" });
    const accounts = [
      { user: "kollect", password: TOKEN, mayPush: true },
      { user: "reader", password: READER_TOKEN, mayPush: false },
    ];
    server = await startGitHttp({ root: repositories.root, accounts });
  });
  afterAll(async () => {
    await server?.stop();
    await repositories?.remove();
  });

  function url(repository: string): string {
    return `http://127.0.0.1:${server.port}/${repository}.git`;
  }

  async function git(credentials: string, ...args: readonly string[]): Promise<boolean> {
    const header = `http.extraHeader=Authorization: Basic ${Buffer.from(credentials).toString("base64")}`;
    const env = { ...gitEnvironment(repositories.root), GIT_TERMINAL_PROMPT: "0" };
    return run("git", ["-c", header, ...args], { env, timeout: 30_000 }).then(
      () => true,
      () => false,
    );
  }

  it.each([
    ["inventory", "main", true],
    ["inventory", "release/1", true],
    ["inventory", "release", false],
    ["inventory", "missing", false],
    ["sha256", "main", true],
    ["sha256", "missing", false],
    ["missing", "main", false],
  ])("agree whether %s has the branch %s: %s", async (repository, branch, expected) => {
    const ref = `refs/heads/${branch}`;
    expect(await git(`kollect:${TOKEN}`, "ls-remote", "--exit-code", url(repository), ref)).toBe(expected);
    const report = await runCase(gitProbe, gitCase(url(repository), { git: { branch } }));
    expect(report.failure === undefined).toBe(expected);
  });

  it.each([
    ["kollect", TOKEN, true],
    ["reader", READER_TOKEN, false],
    ["kollect", "wrong-token", false],
  ])("agree whether %s with %s may push: %s", async (username, token, expected) => {
    const from = join(repositories.root, "inventory.git");
    const push = ["-C", from, "push", "--dry-run", url("inventory"), "main:refs/heads/other"];
    expect(await git(`${username}:${token}`, ...push)).toBe(expected);
    const report = await runCase(gitProbe, gitCase(url("inventory"), { secret: { username, token } }));
    expect(report.failure === undefined).toBe(expected);
  });
});
