import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { gitlabProbe } from "../../../capabilities/probes/git/probe";
import { gitCase, TOKEN } from "../../../lab/backends/git";
import { runCase } from "../../../lab/backends/run-case";
import { startGitHttp, type GitHttpServer } from "../../../lab/servers/git/http";
import { gitRepositories, type GitRepositories } from "../../../lab/servers/git/repositories";
import { expectClean } from "../../contract/leaks";

const CANARY = "canary-of-a-hostile-server";
const BY_REQUEST = { gitlab: { mergeRequest: { mode: "merge_request", targetBranch: "main" } } } as const;

type Hostile = (response: ServerResponse) => void;

let repositories: GitRepositories;
let server: GitHttpServer;
/** How the API answers, by the last part of the path. */
let answers: Readonly<Record<string, Hostile>>;

beforeAll(async () => {
  repositories = await gitRepositories();
  await repositories.create("group/inventory", { branches: ["main"] });
  server = await startGitHttp({
    root: repositories.root,
    accounts: [{ user: "*", password: TOKEN, mayPush: true }],
    instead: (request, response) => {
      if (!request.url?.startsWith("/api/")) return false;
      response.on("error", () => undefined);
      const part = /(main|merge_requests|self|pulls)(\?|$)/.exec(request.url)?.[1] ?? "";
      (answers[part] ?? json("{}"))(response);
      return true;
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await repositories?.remove();
});

function json(body: string | Buffer, headers: Record<string, string> = {}): Hostile {
  return (response) => void response.writeHead(200, headers).end(body);
}

/** Sends again and again, as fast as the client takes it. */
function endless(text: string): Hostile {
  return (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(text));
    };
    response.on("drain", more);
    more();
  };
}

function raw(text: string): Hostile {
  return ({ socket }) => void socket?.write(text);
}

interface Seen {
  readonly report: ProbeReport;
  /** The server of this test counts too. */
  readonly cpuMs: number;
}

async function probe(mode: "direct" | "merge_request", how: typeof answers): Promise<Seen> {
  answers = how;
  const git = mode === "direct" ? {} : BY_REQUEST;
  const at = `http://127.0.0.1:${server.port}/group/inventory.git`;
  const probeCase = gitCase(at, { type: "gitlab", secret: { token: TOKEN }, ...git });
  const before = process.cpuUsage();
  const report = await runCase(gitlabProbe, probeCase, { timeoutMs: 4000 });
  const { user, system } = process.cpuUsage(before);
  expectClean(report, [TOKEN, CANARY]);
  return { report, cpuMs: (user + system) / 1000 };
}

const DEEP = `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`;
const NAMES = `{${Array.from({ length: 20_000 }, (_, index) => `"${index.toString(36)}":0`).join(",")}}`;
/** Bodies and heads that no API sends. */
const OVER: Readonly<Record<string, Hostile>> = {
  "nested objects": json(DEEP),
  "twenty thousand names": json(NAMES),
  "a text without end": endless(CANARY.repeat(1000)),
  "white space without end": endless(" ".repeat(20_000)),
  "a compressed text": json(gzipSync(Buffer.alloc(64 * 1024 * 1024, "[")), { "content-encoding": "gzip" }),
  "informational answers without end": (response) => {
    const timer = setInterval(() => response.writeProcessing(), 1);
    response.on("close", () => clearInterval(timer));
  },
  "trailers without end": raw(
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n0\r\n${`x: ${CANARY}\r\n`.repeat(20_000)}`,
  ),
  "a chunk's long extension": raw(
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${"a".repeat(1_000_000)}\r\n[\r\n0\r\n\r\n`,
  ),
  "two lengths": raw("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n[]"),
  "the status 999": raw(`HTTP/1.1 999 ${CANARY}\r\ncontent-length: 2\r\n\r\n[]`),
  "the status 7": raw(`HTTP/1.1 007 ${CANARY}\r\ncontent-length: 2\r\n\r\n[]`),
  "a redirect": (response) =>
    void response.writeHead(302, { location: `http://169.254.169.254/${CANARY}` }).end(),
  "silence after the head": (response) => response.writeHead(200).flushHeaders(),
  "the members of prototypes": json(
    '{"__proto__":{"can_push":true,"scopes":["api"]},"scopes":{"includes":0}}',
  ),
  "a list that is none": json('{"can_push":"true","scopes":"api"}'),
};

describe.each(Object.entries(OVER))("a GitLab API that answers with %s", (_, hostile) => {
  it("leaves the right to push to the branch unproven", async () => {
    expectUnproven(await probe("direct", { main: hostile }), "gitlab:PushToBranch");
  });

  it("fails where merge requests are listed", async () => {
    const { report, cpuMs } = await probe("merge_request", { merge_requests: hostile });
    expect(["ProtocolError", "Unreachable", "TimedOut"]).toContain(report.failure?.cause);
    expect(cpuMs).toBeLessThan(1000);
  });

  it("leaves the scope of the token unproven", async () => {
    expectUnproven(
      await probe("merge_request", { merge_requests: json("[]"), self: hostile }),
      "gitlab:APIScope",
    );
  });
});

function expectUnproven({ report, cpuMs }: Seen, need: string): void {
  expect(report.failure).toBeUndefined();
  expect(report.unproven).toContainEqual(expect.objectContaining({ need, kind: "NotAnswered" }));
  expect(cpuMs).toBeLessThan(1000);
}
