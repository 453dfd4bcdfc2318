import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { followRequests } from "../../../capabilities/framework/followed-requests";
import { listInPages, PAGE } from "../../../capabilities/framework/list-pages";

const GROUP = "/apis/kollect.dev/v1alpha1";
const PLURALS = ["kollectdatabasesinks", "kollecteventsinks", "kollectsnapshotsinks"];
const [PLURAL = "", OTHER = "", LAST = ""] = PLURALS;
const LIST = `${GROUP}/${PLURAL}`;
const WATCH = `${LIST}?watch=true&resourceVersion=7`;
const EMPTY = "fieldSelector=metadata.name%3D-&resourceVersion=0";
let server: Server;
let url = "";
/** Status of the next responses. */
let status = 200;
/** Requests as the server got them. */
const asked: Pick<IncomingMessage, "url" | "headers">[] = [];

beforeAll(async () => {
  followRequests(PLURALS, [listInPages()]);
  server = createServer((request, response) => {
    asked.push(request);
    if (request.url?.includes("cut=true"))
      response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
    else response.writeHead(status).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await ask(LIST);
  await ask(WATCH);
  asked.splice(0);
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

function paths(): (string | undefined)[] {
  return asked.map((one) => one.url);
}

describe("the first list of a kind", () => {
  it("has no object, and the watch after it begins with all of them", async () => {
    const list = `${GROUP}/${OTHER}`;
    for (const path of [list, `${list}?watch=true&resourceVersion=7`]) await ask(path);
    expect(paths()).toEqual([`${list}?${EMPTY}`, `${list}?watch=true`]);
  });

  it("is followed by one in pages when it has failed", async () => {
    const list = `${GROUP}/namespaces/shop/${LAST}`;
    await ask(list, 503);
    for (const path of [list, `${list}?watch=true&resourceVersion=7`]) await ask(path);
    expect(paths()).toEqual([
      `${list}?${EMPTY}`,
      `${list}?limit=${PAGE}`,
      `${list}?watch=true&resourceVersion=7`,
    ]);
  });
});

describe("a later list", () => {
  it.each([
    ["its first page", LIST, `${LIST}?limit=${PAGE}`],
    ["a later page", `${LIST}?continue=abc%3D%3D`, `${LIST}?continue=abc%3D%3D&limit=${PAGE}`],
  ])("asks for a page, and keeps no connection: %s", async (_, path, sent) => {
    await ask(path);
    expect(paths()).toEqual([sent]);
    expect(asked[0]?.headers.connection).toBe("close");
  });

  it.each([
    ["of another kind", `${GROUP}/kollectprofiles`, "GET"],
    ["below another path", `${LIST}/status`, "GET"],
    ["that deletes", LIST, "DELETE"],
    ["with the name in a query", `/api/v1/pods?of=${LIST}`, "GET"],
  ])("is not a request %s", async (_, path, method) => {
    await ask(path, 200, method);
    expect(paths()).toEqual([path]);
    expect(asked[0]?.headers.connection).toBe("keep-alive");
  });
});

describe("the watch after a later list", () => {
  it.each([
    ["continues after pages that were read", [200, 200], WATCH],
    ["begins with all objects after a page that failed", [200, 503], `${LIST}?watch=true`],
    ["continues after a page that was repeated", [200, 503, 200], WATCH],
    ["continues after a list that followed a failed one", [200, 410, 200, 200], WATCH],
  ])("%s", async (_, pages, sent) => {
    for (const [index, answer] of pages.entries())
      await ask(index === 0 ? LIST : `${LIST}?continue=abc`, answer);
    await ask(WATCH);
    expect(paths().at(-1)).toBe(sent);
  });

  it("begins with all objects after a page whose end is missing", async () => {
    await expect(ask(`${LIST}?cut=true`)).rejects.toThrow();
    await ask(WATCH);
    expect(paths().at(-1)).toBe(`${LIST}?watch=true`);
  });
});
