import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { dsnOf, postgresSink, secret } from "../../lab/drafts";
import { startHostileApiServer, type Answer, type HostileApiServer } from "./hostile-api-server";
import { buildPlugin, type Ended, type Plugin, type RunOptions } from "./plugin";

const TOKEN = "token-CANARY-of-the-user";

let plugin: Plugin;
let server: HostileApiServer | undefined;

beforeAll(async () => {
  plugin = await buildPlugin();
});
afterAll(() => plugin?.remove());
afterEach(() => server?.stop());

/** A sink of a port where nothing listens, with its Secret. */
function sinkText(): string {
  const dsn = dsnOf({ host: "127.0.0.1", port: 1, user: "shop", password: TOKEN });
  return [postgresSink("shop", "orders"), secret("shop", "orders", { dsn })]
    .map((each) => stringify(each))
    .join("---\n");
}

/** Runs a command against a server that answers so. */
async function against(
  answer: Answer,
  args: readonly string[],
  options: RunOptions & { readonly user?: object } = {},
): Promise<Ended> {
  server = await startHostileApiServer(answer);
  const kubeconfig = join(plugin.folder, "kubeconfig");
  writeFileSync(kubeconfig, server.kubeconfig(options.user ?? { token: TOKEN }));
  const ended = await plugin.run([...args, "--kubeconfig", kubeconfig], options);
  expect(ended.stdout + ended.stderr).not.toContain(TOKEN);
  return ended;
}

function plugins(script: string): object {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sh", args: ["-c", script] };
  return { exec };
}

describe("against a server that is no API server, or a broken one", () => {
  it.each<[string, RegExp, Answer]>([
    [
      "HTML with 200",
      /the answer is not of Kubernetes; check the server/,
      (_, response) => !!response.end("<html>"),
    ],
    [
      "a list of nothing",
      /the answer is not of Kubernetes/,
      (_, response) => !!response.end('{"items":[null]}'),
    ],
    [
      "pages without an end",
      /more than 100000 objects; choose a namespace/,
      (_, response) => !!response.end('{"metadata":{"continue":"more"},"items":[]}'),
    ],
    [
      "a redirect, which is not followed",
      /answered with HTTP 302 .*; check the server/,
      ({ headers }, response) => !!response.writeHead(302, { location: `http://${headers.host}/else` }).end(),
    ],
    [
      "expired credentials",
      /you are late; log in again/,
      (_, response) => !!response.writeHead(401).end('{"kind":"Status","message":"you are late"}'),
    ],
    [
      "a wait of a year",
      /answered with HTTP 429 .*; try again later/,
      (_, response) => !!response.writeHead(429, { "retry-after": "31536000" }).end(),
    ],
  ])("get ends with 1 and one line: %s", async (what, line, answer) => {
    const { code, stdout, stderr } = await against(answer, ["get"]);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([1, ""]);
    const requests = what.startsWith("pages") ? 400 : what.startsWith("expired") ? 2 : 1;
    expect(server?.requests()).toBe(requests);
  });

  it("doctor ends with 1 and one line for HTML with 200", async () => {
    const { code, stderr } = await against((_, response) => !!response.end("<html>"), ["doctor"]);
    expect(stderr).toMatch(/^error: get the version: the answer is not of Kubernetes.*\n$/);
    expect(code).toBe(1);
  });

  it("doctor shows no warning of Node.js, however many requests run", async () => {
    const version: Answer = ({ url }, response) =>
      url === "/version" && !!response.end('{"gitVersion":"v1.36.0"}');
    const forbid: Answer = (_, response) => !!response.writeHead(403).end("{}");
    const answer: Answer = (...each) => version(...each) || forbid(...each);
    const { stdout, stderr } = await against(answer, ["doctor"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^API server +ok +v1\.36\.0, context c$/m);
  });

  it("get refuses a user that no header can hold, with exit code 2", async () => {
    const { code, stderr } = await against(() => false, ["get", "--as", "a\nb"]);
    expect(stderr).toContain("--as or --as-group has a character that a header cannot have");
    expect([code, server?.requests()]).toEqual([2, 0]);
  });

  it("test leaves nothing where the answer to a create is lost, and a second attempt creates another test", async () => {
    let creates = 0;
    const loseFirst: Answer = ({ method, socket }) => {
      if (method !== "POST" || (creates += 1) > 1) return false;
      return !!socket.destroy();
    };
    const { code } = await against(loseFirst, ["test", "database/orders", "-q", "--timeout", "1s"]);
    expect([code, creates, server?.tests()]).toEqual([5, 2, []]);
  });

  it("test deletes its tests where timeout signals it and its group", async () => {
    const kill = { when: /Probing/, signal: "SIGTERM", again: 2 } as const;
    const { code } = await against(() => false, ["test", "database/orders"], { kill });
    expect([code, server?.tests()]).toEqual([143, []]);
  });

  it("test ends at once at a second signal", async () => {
    const hang: Answer = ({ method }) => method === "DELETE";
    const kill = { when: /Probing/, signal: "SIGINT", again: 500 } as const;
    const { code } = await against(hang, ["test", "database/orders"], { kill });
    expect([code, server?.tests()]).toEqual([130, [expect.stringMatching(/^orders-/)]]);
  });

  it("test deletes its tests and keeps its exit code where standard output is closed", async () => {
    const args = ["test", "database/orders", "--timeout", "1s"];
    const { code } = await against(() => false, args, { isDeaf: true });
    expect([code, server?.tests()]).toEqual([5, []]);
  });
});

describe("with an exec plugin of the kubeconfig", () => {
  it.each([
    ["prints no credentials", `echo garbage ${TOKEN}`],
    ["prints credentials without a status", `echo '{"token": "${TOKEN}"}'`],
    ["fails", `echo ${TOKEN} >&2; exit 3`],
  ])("get shows nothing that it printed: %s", async (_what, script) => {
    const { code, stderr } = await against(() => false, ["get"], { user: plugins(script) });
    expect(stderr).toBe(
      'error: the kubeconfig\'s exec plugin "/bin/sh" gave no credentials: run kubectl get --raw /version to see what it prints\n',
    );
    expect(code).toBe(1);
  });

  it("get ends by a signal while the plugin prints nothing", async () => {
    const user = plugins("kill -INT $PPID; exec sleep 60");
    const { code } = await against(() => false, ["get"], { user });
    expect(code).toBe(130);
  });
});

describe("check", () => {
  it("ends by a signal while a named pipe has no writer", async () => {
    const pipe = join(plugin.folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const kill = { when: /Probing/, signal: "SIGINT" } as const;
    expect((await plugin.run(["check", "-f", pipe], { kill })).code).toBe(130);
  });

  it("keeps its exit code where standard output is closed", async () => {
    const { code } = await plugin.run(["check", "-f", "-", "-o", "json"], {
      input: sinkText(),
      isDeaf: true,
    });
    expect(code).toBe(3);
  });

  it("writes the other files and standard output where one file cannot be written", async () => {
    const there = join(plugin.folder, "there.json");
    const args = ["check", "-q", "-f", "-", "--output-file", "/none/a.xml", "--output-file", there];
    const { code, stdout, stderr } = await plugin.run(args, { input: sinkText() });
    expect(stderr).toBe("error: /none/a.xml cannot be written (ENOENT): choose another --output-file\n");
    expect(stdout).toContain("database/orders");
    expect(existsSync(there)).toBe(true);
    expect(code).toBe(1);
  });

  it("shows the name of a file without the control characters in it", async () => {
    const file = join(plugin.folder, "a\u001b[31m\u202e.yaml");
    writeFileSync(file, "a: [");
    const { code, stderr } = await plugin.run(["check", "-q", "-f", file]);
    expect(stderr).toContain("a\ufffd[31m\ufffd.yaml is not valid YAML");
    expect(code).toBe(2);
  });
});
