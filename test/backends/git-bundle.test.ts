import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { gitProbe } from "../../capabilities/probes/git/probe";
import { runCase, type ProbeCase } from "../../lab/backends/run-case";
import { loadBundle, type Bundle } from "../fixtures/probe-bundle";
import { startGitHttp, type GitHttpServer } from "../../lab/servers/git-http";
import { gitRepositories, type GitRepositories } from "../../lab/servers/git-repositories";
import { gitCase, READER_TOKEN, TOKEN } from "../../lab/backends/git";

interface Bundled {
  readonly runCase: typeof runCase;
  readonly gitProbe: typeof gitProbe;
}

let repositories: GitRepositories;
let server: GitHttpServer;
let bundle: Bundle<Bundled>;

beforeAll(async () => {
  repositories = await gitRepositories();
  await repositories.create("inventory", { branches: ["main"] });
  await repositories.create("sha256", { branches: ["main"], objectFormat: "sha256" });
  const accounts = [
    { user: "kollect", password: TOKEN, mayPush: true },
    { user: "reader", password: READER_TOKEN, mayPush: false },
  ];
  [server, bundle] = await Promise.all([
    startGitHttp({ root: repositories.root, accounts }),
    loadBundle<Bundled>(
      'export { runCase } from "./lab/backends/run-case";' +
        'export { gitProbe } from "./capabilities/probes/git/probe";',
    ),
  ]);
});
afterAll(async () => {
  await server?.stop();
  await repositories?.remove();
});

describe("the bundled Git probe", () => {
  it("holds the form of isomorphic-git that leaves out what no probe calls, and no HTTP client of its own", () => {
    const files = bundle.inputs.filter((path) => /isomorphic-git|simple-get/.test(path));
    expect(files).toContain("node_modules/isomorphic-git/index.js");
    expect(files.filter((path) => /index\.cjs|\/http\/|simple-get/.test(path))).toEqual([]);
  });

  const branch = (name: string): { git: { branch: string } } => ({ git: { branch: name } });
  const cases: Readonly<Record<string, () => ProbeCase>> = {
    "a sink that works": () => gitCase(url("inventory"), branch("main")),
    "a repository with SHA-256": () => gitCase(url("sha256"), branch("main")),
    "a missing branch": () => gitCase(url("inventory"), branch("gone")),
    "a missing repository": () => gitCase(url("gone")),
    "a wrong token": () => gitCase(url("inventory"), { secret: { token: "wrong-token" } }),
    "no right to push": () =>
      gitCase(url("inventory"), { secret: { username: "reader", token: READER_TOKEN } }),
  };
  it.each(Object.keys(cases))("reports %s as the sources do", async (name) => {
    const make = cases[name] ?? (() => gitCase(undefined));
    const bundled = await bundle.exports.runCase(bundle.exports.gitProbe, make());
    expect(withoutTimes(bundled)).toEqual(withoutTimes(await runCase(gitProbe, make())));
    expect(bundled.failure?.cause).not.toBe("Internal");
  });
});

function url(repository: string): string {
  return `http://127.0.0.1:${server.port}/${repository}.git`;
}

function withoutTimes({ phases, failure, endpoint, serverVersion }: ProbeReport): object {
  return {
    phases: phases.map(({ name, result, why }) => ({ name, result, why })),
    failure,
    endpoint,
    serverVersion,
  };
}
