import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Cause } from "../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { HTTP_STATUSES } from "../../capabilities/probes/git/errors";
import { gitlabProbe, gitProbe } from "../../capabilities/probes/git/probe";
import { expectClean } from "../contract/leaks";
import { runCase, type RunOptions } from "../../lab/backends/run-case";
import { proxy } from "../../lab/faults";
import { createAuthority } from "../../lab/pki";
import { startGitHttp, type GitHttpOptions, type GitHttpServer } from "../../lab/servers/git-http";
import { gitRepositories, type GitRepositories } from "../../lab/servers/git-repositories";
import {
  gitCase,
  PASSWORD,
  READER_TOKEN,
  TOKEN,
  trusting,
  type GitCaseOptions,
} from "../../lab/backends/git";

const ACCOUNTS = [
  { user: "kollect", password: TOKEN, mayPush: true },
  { user: "kollect", password: PASSWORD, mayPush: true },
  { user: "x-access-token", password: TOKEN, mayPush: true },
  { user: "git", password: TOKEN, mayPush: true },
  { user: "reader", password: READER_TOKEN, mayPush: false },
];
const SECRETS = [TOKEN, PASSWORD, READER_TOKEN];

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

async function serverWith(options: Partial<GitHttpOptions>): Promise<GitHttpServer> {
  const own = await startGitHttp({ root: repositories.root, accounts: ACCOUNTS, ...options });
  onTestFinished(() => own.stop());
  return own;
}

function urlOf({ port }: { port: number }, path = "/inventory.git", host = "127.0.0.1"): string {
  return `http://${host}:${port}${path}`;
}

async function probe(
  endpoint: string,
  options: GitCaseOptions = {},
  run: RunOptions = {},
): Promise<ProbeReport> {
  const subject = options.type === "gitlab" ? gitlabProbe : gitProbe;
  const report = await runCase(subject, gitCase(endpoint, options), run);
  expectClean(report, SECRETS);
  return report;
}

function phases(report: ProbeReport): Record<string, string> {
  return Object.fromEntries(report.phases.map(({ name, result }) => [name, result]));
}

const BRANCH = { git: { branch: "main" } };
const CLI = { git: { engine: "cli" as const } };

describe("a git sink over HTTP", () => {
  it("passes every phase over one connection, and changes nothing", async () => {
    const before = await repositories.refs("inventory");
    const own = await serverWith({});
    const report = await probe(urlOf(own), BRANCH);
    expect(report.failure).toBeUndefined();
    expect(phases(report)).toEqual({
      Resolve: "Passed",
      Connect: "Passed",
      TLS: "Skipped",
      Authenticate: "Passed",
      Verify: "Passed",
      Authorize: "Passed",
    });
    expect(report.serverVersion).toMatch(/^\d+\.\d+/);
    expect(own.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /inventory.git/info/refs?service=git-upload-pack",
      "POST /inventory.git/git-upload-pack",
      "GET /inventory.git/info/refs?service=git-receive-pack",
    ]);
    expect(new Set(own.requests.map(({ connection }) => connection)).size).toBe(1);
    expect(await repositories.refs("inventory")).toBe(before);
  });

  it("shows that credentials travelled in plain text", async () => {
    expect((await probe(urlOf(server))).insecure).toBe("PlainText");
  });

  it("dials again when the server keeps no connection", async () => {
    const own = await serverWith({
      instead: (_, response) => {
        response.setHeader("Connection", "close");
        return false;
      },
    });
    expect((await probe(urlOf(own), BRANCH)).failure).toBeUndefined();
    expect(own.requests.at(-1)?.connection).toBe(3);
  });

  it("asks again when the server drops a kept connection just then", async () => {
    const own = await serverWith({
      instead: ({ socket, url = "" }) => {
        const isFirst =
          /receive-pack/.test(url) && !own.requests.slice(0, -1).some((seen) => seen.url === url);
        if (isFirst) socket.resetAndDestroy();
        return isFirst;
      },
    });
    expect((await probe(urlOf(own), BRANCH)).failure).toBeUndefined();
    expect(own.requests.map(({ connection }) => connection)).toEqual([1, 1, 1, 2]);
  });

  it("reads the answers of servers that know no version 2 of the protocol", async () => {
    const old = await serverWith({ protocolVersion2: false });
    expect((await probe(urlOf(old), BRANCH)).failure).toBeUndefined();
    for (const empty of ["/empty.git", "/empty256.git"]) {
      expect((await probe(urlOf(old, empty), CLI)).failure).toBeUndefined();
      expect((await probe(urlOf(old, empty), BRANCH)).failure?.message).toContain("is empty");
    }
    expect((await probe(urlOf(old), { git: { branch: "gone" } })).failure?.cause).toBe("TargetNotFound");
  });

  it.each(["/sha256.git", "/inventory.git/"])("accepts %s", async (path) => {
    expect((await probe(urlOf(server, path), BRANCH)).failure).toBeUndefined();
  });

  it.each(["/empty.git", "/empty256.git", "/unborn.git"])("accepts %s with the engine cli", async (path) => {
    expect((await probe(urlOf(server, path), CLI)).failure).toBeUndefined();
  });

  it("shows that go-git may not read a repository with SHA-256", async () => {
    const needs = async (git: GitCaseOptions["git"]): Promise<string[]> => {
      const { unproven = [] } = await probe(urlOf(server, "/sha256.git"), { git });
      return unproven.map(({ need }) => need);
    };
    expect(await needs({ branch: "main" })).toEqual(["git:ObjectFormat", "git:PushRules"]);
    expect(await needs(CLI.git)).toEqual(["git:PushRules"]);
  });

  it("names the limitation of the exporter that a state of the repository meets", async () => {
    const missing = await probe(urlOf(server), { git: { branch: "gone" } });
    expect(missing.limited).toEqual([{ id: "BranchMissing" }]);
    const empty = await probe(urlOf(server, "/empty.git"));
    expect(empty.limited).toEqual([{ id: "EmptyRepository" }]);
    expect(empty.failure?.message).toContain("empty.git at Git server at");
  });

  it.each([
    ["a branch that is missing", "/inventory.git", { git: { branch: "gone" } }, "gone"],
    ["a prefix of a branch", "/inventory.git", { git: { branch: "release" } }, "release"],
    ["a branch of the endpoint", "/inventory.git#branch=gone", {}, "gone"],
    ["a branch that HEAD only announces", "/unborn.git", BRANCH, "main"],
    ["the default, whatever HEAD announces", "/unborn.git", {}, "main, to which exports go unless"],
  ])("reports TargetNotFound for %s", async (_, path, options: GitCaseOptions, branch) => {
    const report = await probe(urlOf(server, path), options);
    expect(report.failure?.cause).toBe("TargetNotFound");
    expect(report.failure?.message).toContain(`has no branch ${branch}`);
    expect(phases(report)).toMatchObject({ Authenticate: "Passed", Verify: "Failed" });
  });

  it("prefers spec.git.branch to the branch of the endpoint", async () => {
    expect((await probe(urlOf(server, "/inventory.git#branch=gone"), BRANCH)).failure).toBeUndefined();
  });

  it("reports TargetNotFound for a repository that is missing", async () => {
    const report = await probe(urlOf(server, "/gone.git"), BRANCH);
    expect(report.failure?.cause).toBe("TargetNotFound");
    expect(report.failure?.message).toContain(
      "has no repository gone.git, or the credentials may not see it",
    );
  });

  it("reports PermissionDenied when the credentials may read but not push", async () => {
    const report = await probe(urlOf(server), {
      secret: { username: "reader", token: READER_TOKEN },
      ...BRANCH,
    });
    expect(report.failure?.cause).toBe("PermissionDenied");
    expect(report.failure?.message).toContain("push");
    expect(phases(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
  });
});

describe("the credentials of a git sink over HTTP", () => {
  it.each([
    ["a user name and a password", "git", { username: "kollect", password: PASSWORD }],
    ["a token with a user name", "git", { username: "kollect", token: TOKEN }],
    ["a token alone", "git", { token: TOKEN }],
    ["a token before a password", "git", { username: "kollect", token: TOKEN, password: "not this one" }],
    ["GitLab's token alone", "gitlab", { token: TOKEN }],
    ["GitLab's token with a user name of its own", "gitlab", { username: "kollect", token: TOKEN }],
    ["GitLab's user name and password", "gitlab", { username: "kollect", password: PASSWORD }],
  ] as const)("may be %s", async (_, type, secret) => {
    expect((await probe(urlOf(server), { type, secret, ...BRANCH })).failure).toBeUndefined();
  });

  it("do not come from the endpoint, as with the exporter", async () => {
    const endpoint = `http://kollect:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/inventory.git`;
    const report = await probe(endpoint, { secret: null });
    expect(report.failure?.cause).toBe("NoCredentials");
    expect(report.failure?.message).toContain("does not use those in spec.endpoint");
    expect((await probe(endpoint)).failure).toBeUndefined();
    expect(report.endpoint).toBe(`127.0.0.1:${server.port}`);
  });

  it.each([
    [{ token: `${TOKEN} \n` }, "The key token of Secret git-credentials ends in a line end"],
    [{ token: ` ${TOKEN}` }, "The key token of Secret git-credentials begins or ends with white space"],
    [
      { username: "kollect", password: `${PASSWORD}\n` },
      "The key password of Secret git-credentials ends in a line",
    ],
    [
      { username: "kollect\n", password: PASSWORD },
      "The key username of Secret git-credentials ends in a line",
    ],
  ])("are blamed for white space that is sent with them: %#", async (secret, words) => {
    const { failure } = await probe(urlOf(server), { secret });
    expect(failure?.cause).toBe("SecretValueInvalid");
    expect(failure?.message).toContain(words);
  });

  it("come from spec.git.auth.secretRef when it is there", async () => {
    const authSecret = { username: "kollect", token: TOKEN };
    const report = await probe(urlOf(server), { secret: { token: "not this one" }, authSecret });
    expect(report.failure).toBeUndefined();
  });

  it.each([
    ["a wrong password", { username: "kollect", password: "not-the-password" }],
    ["an unknown user", { username: "nobody", password: PASSWORD }],
  ])("are refused as AuthenticationFailed for %s", async (_, secret) => {
    const report = await probe(urlOf(server), { secret });
    expect(report.failure?.cause).toBe("AuthenticationFailed");
    expect(report.failure?.message).toContain("keys username and password of Secret git-credentials");
    expect(phases(report).Authenticate).toBe("Failed");
  });

  it("are not shown by their user name, which may be the token", async () => {
    const report = await probe(urlOf(server), { secret: { username: TOKEN, password: "x-oauth-basic" } });
    expect(report.failure?.cause).toBe("AuthenticationFailed");
  });

  it("are checked although everybody may read", async () => {
    const open = await serverWith({ anonymous: "read" });
    const report = await probe(urlOf(open), { secret: { token: "not-the-token" } });
    expect(report.failure?.cause).toBe("AuthenticationFailed");
  });

  it("may be missing where everybody may push", async () => {
    const open = await serverWith({ anonymous: "write" });
    const report = await probe(urlOf(open), { secret: null, ...BRANCH });
    expect(report.failure).toBeUndefined();
    expect(phases(report).Authenticate).toBe("Skipped");
  });

  it.each(["read", undefined] as const)(
    "are asked for as NoCredentials when anonymous may: %s",
    async (anonymous) => {
      const own = await serverWith(anonymous ? { anonymous } : {});
      const report = await probe(urlOf(own), { secret: null, ...BRANCH });
      expect(report.failure).toMatchObject({ reason: "SecretResolveFailed", cause: "NoCredentials" });
      expect(report.failure?.message).toContain("spec.secretRef");
      expect(phases(report)).toMatchObject(
        anonymous ? { Verify: "Passed", Authorize: "Failed" } : { Verify: "Failed" },
      );
    },
  );

  it("are refused as UnsupportedAuthMechanism where HTTP Basic is not offered", async () => {
    const own = await serverWith({ instead: answer(401, { "WWW-Authenticate": "Negotiate, NTLM" }) });
    expect((await probe(urlOf(own))).failure?.cause).toBe("UnsupportedAuthMechanism");
  });
});

describe("a git sink over HTTPS", () => {
  const authority = createAuthority();

  it("believes the authority of a Secret, and shows the certificate", async () => {
    const own = await serverWith({ tls: authority.issue({ names: ["localhost"] }) });
    const report = await probe(httpsUrl(own), { ca: { "ca.crt": authority.cert } });
    expect(report.failure).toBeUndefined();
    expect(report.tls?.issuer).toContain("Kollect Test CA");
    expect(report.insecure).toBeUndefined();
  });

  it("shows that verification was skipped", async () => {
    const own = await serverWith({ tls: authority.issue({ names: ["elsewhere"] }) });
    const report = await probe(httpsUrl(own), { tls: { insecureSkipVerify: true } });
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("presents no client certificate, as the exporter does not", async () => {
    const tls = authority.issue({ names: ["localhost"] });
    const own = await serverWith({ tls, clientCa: authority.cert });
    const { cert, key } = authority.issue({ names: ["kollect"], client: true });
    const secret = { token: TOKEN, "tls.crt": cert, "tls.key": key };
    const report = await probe(httpsUrl(own), { secret, tls: trusting(authority.cert), ...BRANCH });
    expect(report.failure?.cause).toBe("AuthenticationFailed");
  });

  function httpsUrl({ port }: GitHttpServer): string {
    return `https://localhost:${port}/inventory.git`;
  }
});

describe("a redirect of a git server", () => {
  const authority = createAuthority();

  function redirect(to: (request: IncomingMessage) => string | undefined): GitHttpOptions["instead"] {
    return (request, response) => {
      const location = to(request);
      if (location === undefined) return false;
      response.writeHead(301, { Location: location }).end("moved");
      return true;
    };
  }
  const whenOld = (target: string) =>
    redirect(({ url = "" }) => (url.startsWith("/old") ? url.replace("/old", target) : undefined));

  it("on the same host is followed with the credentials, and moves the repository", async () => {
    const own = await serverWith({ instead: whenOld("/inventory.git") });
    expect((await probe(urlOf(own, "/old"), BRANCH)).failure).toBeUndefined();
    expect(own.requests.every(({ authorization }) => authorization !== undefined)).toBe(true);
    expect(own.requests.at(-1)?.url).toBe("/inventory.git/info/refs?service=git-receive-pack");
    expect(own.requests.filter(({ url }) => url.startsWith("/old"))).toHaveLength(1);
  });

  it("to another host or port is followed without the credentials", async () => {
    const open = await serverWith({ anonymous: "write" });
    const own = await serverWith({ instead: whenOld(urlOf(open)) });
    expect((await probe(urlOf(own, "/old"), BRANCH)).failure).toBeUndefined();
    expect(open.requests.length).toBeGreaterThan(1);
    expect(open.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it("to another host that asks for credentials names the new address", async () => {
    const own = await serverWith({ instead: whenOld(urlOf(server)) });
    const report = await probe(urlOf(own, "/old"), BRANCH);
    expect(report.failure?.cause).toBe("AuthenticationFailed");
    expect(report.failure?.message).toContain("redirects to another host, which asks for credentials");
    expect(report.failure?.message).not.toContain(String(server.port));
  });

  it("from http to https is followed, and plain text stays shown", async () => {
    const secured = await serverWith({ tls: authority.issue({ names: ["localhost"] }), anonymous: "write" });
    const own = await serverWith({ instead: whenOld(`https://localhost:${secured.port}/inventory.git`) });
    const report = await probe(urlOf(own, "/old"), { tls: trusting(authority.cert), ...BRANCH });
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe("PlainText");
    expect(phases(report).TLS).toBe("Passed");
  });

  it("from https to http is refused", async () => {
    const tls = authority.issue({ names: ["localhost"] });
    const own = await serverWith({ tls, instead: whenOld(urlOf(server)) });
    const before = server.requests.length;
    const report = await probe(`https://localhost:${own.port}/old`, { tls: trusting(authority.cert) });
    expect(report.failure?.cause).toBe("ProtocolError");
    expect(report.failure?.message).toContain("from https to http");
    expect(server.requests).toHaveLength(before);
  });

  it("to an address that the policy refuses is not dialled", async () => {
    const own = await serverWith({ instead: whenOld("http://169.254.169.254/latest.git") });
    const report = await probe(urlOf(own, "/old"));
    expect(report.failure?.cause).toBe("AddressDenied");
    expect(report.failure?.message).toContain("redirects to an address that the operator may not dial");
    expect(report.failure?.message).not.toContain("169.254");
  });

  it.each([
    ["to a sign-in page", () => "/users/sign_in", "sign-in page"],
    ["to another scheme", () => "file:///etc/passwd", "no Git repository"],
    ["to nowhere", () => "", "no Git repository"],
    ["in circles", ({ url }: IncomingMessage) => url, "more often"],
  ])("%s ends the probe", async (_, to, words) => {
    const own = await serverWith({ instead: redirect(to) });
    const report = await probe(urlOf(own));
    expect(report.failure?.cause).toBe("ProtocolError");
    expect(report.failure?.message).toContain(words);
    expect(own.requests.length).toBeLessThanOrEqual(6);
  });
});

describe("a git server that misbehaves", () => {
  const rows = Object.entries(HTTP_STATUSES).map(([status, { cause }]) => [
    Number(status) < 100 ? { 2: 204, 3: 304, 4: 418, 5: 500 }[status] : Number(status),
    cause,
  ]) as [number, Cause][];
  it.each(rows)("is reported for HTTP %d as %s", async (status, cause) => {
    const own = await serverWith({ instead: answer(status) });
    expect((await probe(urlOf(own))).failure?.cause).toBe(cause);
  });

  it.each(rows.filter(([status]) => status !== 403))(
    "is reported for HTTP %d to a push as %s",
    async (status, cause) => {
      const own = await serverWith({
        instead: (request, response) =>
          /receive-pack/.test(request.url ?? "") && answer(status)(request, response),
      });
      const report = await probe(urlOf(own), BRANCH);
      expect(report.failure?.cause).toBe(cause);
      expect(phases(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
    },
  );

  it("says that credentials which are refused for a push alone may lack the right to write", async () => {
    const own = await serverWith({
      instead: (request, response) =>
        /receive-pack/.test(request.url ?? "") && answer(401)(request, response),
    });
    const { failure } = await probe(urlOf(own), BRANCH);
    expect(failure?.message).toMatch(
      /for a push to inventory.git, but not for reading. Grant write access, or: Check the key/,
    );
  });

  const ADVERTISEMENT = { "Content-Type": "application/x-git-upload-pack-advertisement" };
  it.each([
    ["a web page", { "Content-Type": "text/html" }, "<html>sign in</html>", "ProtocolError"],
    [
      "the files of a dumb server",
      { "Content-Type": "text/plain" },
      `${"a".repeat(40)}\trefs/heads/main\n`,
      "ProtocolError",
    ],
    ["no packet lines", ADVERTISEMENT, "<html>", "ProtocolError"],
    ["half a packet line", ADVERTISEMENT, "001e# service=git-upl", "ProtocolError"],
    [
      "no end of its references",
      ADVERTISEMENT,
      `001e# service=git-upload-pack\n0000003d${"a".repeat(40)} refs/heads/mai`,
      "ProtocolError",
    ],
    ["nothing", ADVERTISEMENT, "", "ProtocolError"],
    [
      "an error line",
      ADVERTISEMENT,
      "001e# service=git-upload-pack\n00000015ERR access denied",
      "TargetNotFound",
    ],
  ] as const)("is reported for %s", async (_, headers, body, cause) => {
    const own = await serverWith({ instead: answer(200, headers, body) });
    expect((await probe(urlOf(own), BRANCH)).failure?.cause).toBe(cause);
  });

  it("cannot put a secret into a message by sending it back", async () => {
    const own = await serverWith({
      instead: (request, response) => {
        const { authorization = "" } = request.headers;
        const secret = Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
        response
          .writeHead(418, secret.replace(/[^\w ]/g, ""), { "X-Secret": authorization })
          .end(secret + authorization);
        return true;
      },
    });
    expect((await probe(urlOf(own))).failure?.message).toContain("HTTP 418");
  });

  it("is waited for when it is slow", async () => {
    const slow = await proxy(server, { latencyMs: 50 });
    onTestFinished(() => slow.close());
    expect((await probe(urlOf(slow), BRANCH)).failure).toBeUndefined();
  });

  it.each([
    ["stalls", { stallAfterBytes: 400 }, 1000, "TimedOut"],
    ["is cut off", { cutAfterBytes: 400 }, 20_000, "Unreachable"],
  ])("ends the probe when it %s in the middle of an answer", async (_, options, timeoutMs, cause) => {
    const faulty = await proxy(server, options);
    onTestFinished(() => faulty.close());
    const report = await probe(urlOf(faulty), BRANCH, { timeoutMs });
    expect(report.failure?.cause).toBe(cause);
  });
});

function answer(status: number, headers: Record<string, string> = {}, body = "no") {
  return (_: IncomingMessage, response: ServerResponse): boolean => {
    response.writeHead(status, headers).end([204, 304].includes(status) ? undefined : body);
    return true;
  };
}
