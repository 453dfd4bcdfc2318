import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { answerHealth } from "../../../capabilities/framework/health-endpoints";

const health = { notReady: [] as string[], notLive: [] as string[] };

answerHealth({ notReady: () => health.notReady, notLive: () => health.notLive });

/** What stands behind it is the framework's app: here one that tells which path it was asked for. */
it.each([
  [
    "all is well",
    [],
    [],
    { "/livez": "200 OK", "/readyz": "200 app:/healthz", "/healthz": "200 app:/healthz" },
  ],
  [
    "it is not ready",
    ["Wait."],
    [],
    { "/livez": "200 OK", "/readyz": "503 Wait.\n", "/healthz": "200 app:/healthz" },
  ],
  [
    "it is stuck",
    [],
    ["Stuck."],
    { "/livez": "503 Stuck.\n", "/readyz": "503 Stuck.\n", "/healthz": "503 Stuck.\n" },
  ],
])(
  "answers for the framework when %s, and leaves every other path to it",
  async (_, notReady, notLive, answers) => {
    Object.assign(health, { notReady, notLive });
    const server = createServer((request, response) => void response.end(`app:${request.url}`)).listen(
      0,
      "127.0.0.1",
    );
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const ask = async (path: string): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
      return `${answer.status} ${await answer.text()}`;
    };
    const got = Object.fromEntries(
      await Promise.all(Object.keys(answers).map(async (path) => [path, await ask(path)])),
    );
    expect(got).toEqual(answers);
    expect(await ask("/metrics")).toBe("200 app:/metrics");
  },
);
