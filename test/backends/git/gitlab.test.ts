import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { gitlabProbe } from "../../../capabilities/probes/git/probe";
import { gitCase, TOKEN, trusting, type GitCaseOptions } from "../../../lab/backends/git";
import { runCase } from "../../../lab/backends/run-case";
import { createAuthority } from "../../../lab/pki";
import { startGitHttp, type GitHttpServer } from "../../../lab/servers/git/http";
import { gitRepositories, type GitRepositories } from "../../../lab/servers/git/repositories";
import { gitlabRest, type RestState } from "../../../lab/servers/git/gitlab-rest";
import { expectClean } from "../../contract/leaks";

/** A stand-in for GitLab's REST API beside a real `git http-backend`. */
const REST: RestState = {
  tokens: {},
  project: "group/inventory",
  branches: ["main"],
  flavour: "gitlab",
  mergeRequests: true,
};
const BY_REQUEST = { gitlab: { mergeRequest: { mode: "merge_request", targetBranch: "main" } } } as const;

let repositories: GitRepositories;
let server: GitHttpServer;

beforeAll(async () => {
  repositories = await gitRepositories();
  await repositories.create("group/inventory", { branches: ["main", "release/1"] });
  server = await serverWith();
});
beforeEach(() => {
  const tokens = { [TOKEN]: { scopes: ["api"] } };
  Object.assign(REST, { tokens, flavour: "gitlab", mergeRequests: true, instead: undefined });
});
afterAll(async () => {
  await server?.stop();
  await repositories?.remove();
});

function serverWith(
  instead = gitlabRest(REST),
  options: Partial<Parameters<typeof startGitHttp>[0]> = {},
): Promise<GitHttpServer> {
  const accounts = [{ user: "*", password: TOKEN, mayPush: true }];
  return startGitHttp({ root: repositories.root, accounts, instead, ...options });
}

async function probe(
  options: GitCaseOptions = {},
  at = `http://127.0.0.1:${server.port}`,
  timeoutMs = 10_000,
): Promise<ProbeReport> {
  const probeCase = gitCase(`${at}/group/inventory.git`, {
    type: "gitlab",
    secret: { token: TOKEN },
    ...options,
  });
  const report = await runCase(gitlabProbe, probeCase, { timeoutMs });
  expectClean(report, [TOKEN]);
  return report;
}

function needs({ unproven = [] }: ProbeReport): string[] {
  return unproven.map(({ need, kind }) => `${need} ${kind}`);
}

const PUSH_RULES = "gitlab:PushRules OnlyAWriteTells";

describe("a gitlab sink", () => {
  it("in mode direct asks one further question, over the same connection", async () => {
    const before = server.requests.length;
    const report = await probe();
    expect(report.failure).toBeUndefined();
    expect(needs(report)).toEqual([PUSH_RULES]);
    const asked = server.requests.slice(before);
    expect(asked.map(({ url }) => url)).toEqual([
      "/group/inventory.git/info/refs?service=git-upload-pack",
      "/group/inventory.git/git-upload-pack",
      "/group/inventory.git/info/refs?service=git-receive-pack",
      "/api/v4/projects/group%2Finventory/repository/branches/main",
    ]);
    expect(new Set(asked.map(({ connection }) => connection)).size).toBe(1);
    expect(asked.at(-1)?.authorization).toBeUndefined();
  });

  it("in mode merge_request asks two, and none by a write", async () => {
    const before = await repositories.refs("group/inventory");
    const first = server.requests.length;
    const report = await probe(BY_REQUEST);
    expect(report.failure).toBeUndefined();
    expect(needs(report)).toEqual([PUSH_RULES]);
    const asked = server.requests.slice(first);
    expect(asked.slice(3).map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /api/v4/projects/group%2Finventory/merge_requests?state=opened&source_branch=kollect&per_page=1",
      "GET /api/v4/personal_access_tokens/self",
    ]);
    expect(await repositories.refs("group/inventory")).toBe(before);
  });

  it("names scope, role and setting of a need that is missing", async () => {
    REST.tokens[TOKEN] = { scopes: ["read_api", "write_repository"], canPush: false };
    const request = await probe(BY_REQUEST);
    expect(request.failure?.cause).toBe("PermissionDenied");
    expect(request.failure?.message).toMatch(/without scope api.*group\/inventory\.git/);
    const direct = await probe();
    expect(direct.failure?.cause).toBe("PermissionDenied");
    expect(direct.failure?.message).toMatch(/Protected branches.*or set mode merge_request/);
    expect(direct.phases.at(-1)).toMatchObject({ name: "Authorize", result: "Failed" });
  });

  it.each([
    [{ status: 401 }, "AuthenticationFailed", "passwords and deploy tokens are not accepted"],
    [{ status: 403 }, "PermissionDenied", "scope api and role Developer"],
    [{ status: 404 }, "TargetNotFound", "nor does Gitea's"],
    [{ status: 405 }, "TargetNotFound", "nor does Gitea's"],
    [
      { status: 301, location: "http://169.254.169.254/" },
      "ProtocolError",
      "redirects for group/inventory.git",
    ],
    [{ status: 429 }, "TooManyConnections", "HTTP 429"],
    [{ status: 500 }, "ProtocolError", "HTTP 500"],
    [{ status: 503 }, "Unreachable", "HTTP 503"],
    [{ status: 200, body: "<html>" }, "ProtocolError", "sign-in page"],
    [{ status: 200, body: "{}" }, "ProtocolError", "list of merge requests"],
  ])("reports %j to the question for merge requests as %s", async (instead, cause, words) => {
    REST.instead = instead;
    const report = await probe(BY_REQUEST);
    expect(report.failure?.cause).toBe(cause);
    expect(report.failure?.message).toContain(words);
    expect(report.failure?.message).not.toContain("169.254");
    expect(report.failure?.message.length).toBeLessThan(300);
  });

  it.each([
    [{ status: 307, location: "/" }, "gitlab:MergeRequests NotAnswered"],
    [{ status: 308, location: "/" }, "gitlab:MergeRequests NotAnswered"],
  ])("leaves merge requests unproven for %j", async (instead, need) => {
    REST.instead = instead;
    const report = await probe(BY_REQUEST);
    expect(report.failure).toBeUndefined();
    expect(needs(report)).toEqual([PUSH_RULES, need]);
  });

  it.each([401, 403, 404, 500, 302])(
    "in mode direct leaves the branch unproven for HTTP %d",
    async (status) => {
      REST.instead = { status };
      const report = await probe();
      expect(report.failure).toBeUndefined();
      expect(needs(report)).toEqual([PUSH_RULES, "gitlab:PushToBranch NotAnswered"]);
    },
  );

  it.each([
    ["is cut off", (response: ServerResponse) => void response.destroy()],
    ["is no JSON", (response: ServerResponse) => void response.end("x".repeat(400_000))],
    ["is late", () => undefined],
  ])("in mode direct leaves the branch unproven when the answer %s", async (_, answer) => {
    const own = await serverWith((request, response) => {
      const isApi = request.url?.startsWith("/api/") === true;
      if (isApi) answer(response);
      return isApi;
    });
    onTestFinished(() => own.stop());
    const report = await probe({}, `http://127.0.0.1:${own.port}`);
    expect(report.failure).toBeUndefined();
    expect(needs(report)).toEqual([PUSH_RULES, "gitlab:PushToBranch NotAnswered"]);
  });

  it("reports TimedOut when the question for merge requests is not answered", async () => {
    const own = await serverWith((request) => request.url?.startsWith("/api/") === true);
    onTestFinished(() => own.stop());
    const report = await probe(BY_REQUEST, `http://127.0.0.1:${own.port}`, 1500);
    expect(report.failure?.cause).toBe("TimedOut");
    expect(report.failure?.message).toContain("during Authorize");
  });

  it("cannot be made to show what its API answers", async () => {
    const echo = await serverWith((request, response) => {
      if (!request.url?.startsWith("/api/")) return false;
      const token = String(request.headers["private-token"]);
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify(request.url.includes("self") ? { scopes: [token] } : [token]));
      return true;
    });
    onTestFinished(() => echo.stop());
    const report = await probe(BY_REQUEST, `http://127.0.0.1:${echo.port}`);
    expect(report.failure?.cause).toBe("PermissionDenied");
  });

  it("shows that the exporter's calls of the API ignore spec.tls, where that matters", async () => {
    const authority = createAuthority();
    const tls = authority.issue({ names: ["localhost"] });
    const own = await serverWith(gitlabRest(REST), { tls });
    onTestFinished(() => own.stop());
    const at = `https://localhost:${own.port}`;
    for (const trust of [trusting(authority.cert), { insecureSkipVerify: true }]) {
      expect((await probe({ ...BY_REQUEST, tls: trust }, at)).limited).toEqual([{ id: "RESTIgnoresCA" }]);
    }
    const direct = await probe({ tls: trusting(authority.cert) }, at);
    expect(direct.failure).toBeUndefined();
    expect(direct.limited).toBeUndefined();
  });

  it("asks Gitea's API where GitLab's is not there", async () => {
    REST.flavour = "gitea";
    const before = server.requests.length;
    const report = await probe({ ...BY_REQUEST, secret: { username: "kollect", token: TOKEN } });
    expect(report.failure).toBeUndefined();
    expect(needs(report)).toEqual([PUSH_RULES, "gitlab:APIScope NotAnswered"]);
    const asked = server.requests.slice(before).slice(3);
    expect(asked.map(({ url }) => url.split("?")[0])).toEqual([
      "/api/v4/projects/group%2Finventory/merge_requests",
      "/api/v1/repos/group/inventory/pulls",
    ]);
    expect(asked[1]?.authorization).toBe(`Basic ${Buffer.from(`kollect:${TOKEN}`).toString("base64")}`);
  });

  it.each([
    ["gone", "has no branch gone for merge requests to target. Create it, or correct spec.gitlab"],
    ["main", undefined],
    ["release/1", undefined],
  ])("with the target branch %s: %s", async (targetBranch, words) => {
    const gitlab = { mergeRequest: { mode: "merge_request", targetBranch } } as const;
    const { failure } = await probe({ gitlab });
    expect(failure?.cause).toBe(words && "TargetNotFound");
    expect(failure?.message ?? "").toContain(words ?? "");
  });

  it("names the branch that is in the way of its own", async () => {
    await repositories.create("group/taken", { branches: ["main", "bot"] });
    const gitlab = {
      mergeRequest: { mode: "merge_request", targetBranch: "main", branchPrefix: "bot/k" },
    } as const;
    const subject = gitCase(`http://127.0.0.1:${server.port}/group/taken.git`, {
      ...{ type: "gitlab" as const, secret: { token: TOKEN }, gitlab },
    });
    const { failure } = await runCase(gitlabProbe, subject);
    expect(failure?.cause).toBe("InvalidConfiguration");
    expect(failure?.message).toMatch(/has a branch bot, so Git cannot keep branches below bot\/k\//);
  });
});
