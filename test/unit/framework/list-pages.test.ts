import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { followRequests } from "../../../capabilities/framework/followed-requests";
import { listInPages, PAGE } from "../../../capabilities/framework/list-pages";

const GROUP = "/apis/kollect.dev/v1alpha1";
const PLURAL = "kollectdatabasesinks";
const LIST = `${GROUP}/${PLURAL}`;
const WATCH = `${LIST}?watch=true&resourceVersion=7`;
let server: Server;
let url = "";
/** Status of the next responses. */
let status = 200;
/** Paths as the server got them. */
const asked: string[] = [];

beforeAll(async () => {
  followRequests([PLURAL], [listInPages()]);
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  status = 200;
  asked.splice(0);
});

afterAll(() => void server.close());

/** Node's own fetch is undici, as the framework's is, and tells of its requests on the same channels. */
async function ask(path: string, answer = 200, method = "GET"): Promise<void> {
  status = answer;
  await (await fetch(url + path, { method })).text();
}

describe("a list of the operator's kinds", () => {
  it.each([
    ["its first page", LIST, `${LIST}?limit=${PAGE}`],
    ["a later page", `${LIST}?continue=abc%3D%3D`, `${LIST}?continue=abc%3D%3D&limit=${PAGE}`],
    [
      "that of one namespace",
      `${GROUP}/namespaces/shop/${PLURAL}`,
      `${GROUP}/namespaces/shop/${PLURAL}?limit=${PAGE}`,
    ],
  ])("asks for a page: %s", async (_, path, sent) => {
    await ask(path);
    expect(asked).toEqual([sent]);
  });

  it.each([
    ["of another kind", `${GROUP}/kollectprofiles`, "GET"],
    ["below another path", `${LIST}/status`, "GET"],
    ["that deletes", LIST, "DELETE"],
    ["with the name in a query", `/api/v1/pods?of=${LIST}`, "GET"],
  ])("is not a request %s", async (_, path, method) => {
    await ask(path, 200, method);
    expect(asked).toEqual([path]);
  });
});

describe("the watch after a list", () => {
  it.each([
    ["continues after pages that were read", [200, 200], WATCH],
    ["begins with all objects after a page that failed", [200, 503], `${LIST}?watch=true`],
    ["continues after a page that was repeated", [200, 503, 200], WATCH],
    ["continues after a list that followed a failed one", [200, 410, 200, 200], WATCH],
  ])("%s", async (_, pages, sent) => {
    for (const [index, answer] of pages.entries())
      await ask(index === 0 ? LIST : `${LIST}?continue=abc`, answer);
    await ask(WATCH);
    expect(asked.at(-1)).toBe(sent);
  });

  it("begins with all objects after a page whose end is missing", async () => {
    const cut = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
    });
    cut.listen(0, "127.0.0.1");
    await once(cut, "listening");
    const port = (cut.address() as AddressInfo).port;
    await expect(fetch(`http://127.0.0.1:${port}${LIST}`).then((one) => one.text())).rejects.toThrow();
    cut.close();
    await ask(WATCH);
    expect(asked.at(-1)).toBe(`${LIST}?watch=true`);
  });
});
