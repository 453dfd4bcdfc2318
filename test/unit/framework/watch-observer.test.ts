import { createServer, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WatchStates } from "../../../capabilities/health/watch-states";
import { followRequests } from "../../../capabilities/framework/followed-requests";
import { observeWatches } from "../../../capabilities/framework/watch-observer";

const GROUP = "/apis/kollect.dev/v1alpha1";
const KIND = `${GROUP}/kollectconnectiontests`;
const SINKS = ["kollectsnapshotsinks", "kollectdatabasesinks", "kollecteventsinks"];
/** No request of these tests concerns it. */
const UNTOUCHED = "kollectprofiles";
const states = new WatchStates(["kollectconnectiontests", ...SINKS, UNTOUCHED]);
const streams: ServerResponse[] = [];
let server: Server;
let status = 200;
/** Whether a list's answer has no end. */
let hangs = false;
let url = "";

beforeAll(async () => {
  followRequests(states.plurals, [observeWatches(states)]);
  server = createServer((request, response) => {
    response.writeHead(status);
    if (!hangs && !request.url?.includes("watch=true")) return void response.end("{}");
    response.flushHeaders();
    streams.push(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  status = 200;
  hangs = false;
  for (const stream of streams.splice(0)) stream.destroy();
});

afterAll(() => void server.close());

function isOpen(): boolean {
  return states.isOpen("kollectconnectiontests");
}

/** Node's own fetch is undici, as the framework's is, and tells of its requests on the same channels. */
async function watch(signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}${KIND}?watch=true&resourceVersion=7`, signal ? { signal } : {});
}

describe("what is seen of the framework's watches", () => {
  it.each([
    ["by a list and the watch after it", "kollectsnapshotsinks", ["list", "watch"]],
    ["by a watch and a later list", "kollectdatabasesinks", ["watch", "list"]],
    ["by a watch that begins with all objects, after a list that failed", "kollecteventsinks", ["watchAll"]],
  ] as const)("counts a watch as synced %s, and not before", async (_, plural, requests) => {
    const path = `${GROUP}/${plural}`;
    const urls = {
      list: path,
      watch: `${path}?watch=true&resourceVersion=7`,
      watchAll: `${path}?watch=true`,
    };
    status = 503;
    for (const request of ["list", "watch", "watchAll"] as const)
      await (await fetch(url + urls[request])).body?.cancel();
    status = 200;
    for (const request of requests) {
      expect(states.unsynced()).toContain(plural);
      const response = await fetch(url + urls[request]);
      if (request === "list") await response.text();
    }
    await expect.poll(() => states.unsynced()).not.toContain(plural);
  });

  it("tells when a watch is refused, ended by the API server, broken, or given up", async () => {
    status = 403;
    await watch();
    expect(isOpen()).toBe(false);
    status = 200;
    await endsAfter(() => streams.at(-1)?.end());
    await endsAfter(() => streams.at(-1)?.destroy());
    const abort = new AbortController();
    await endsAfter(() => abort.abort(), abort.signal);
  });

  it("forgets a stream that another one takes the place of, whatever comes of that", async () => {
    await watch();
    status = 503;
    await watch();
    expect(isOpen()).toBe(false);
    status = 200;
    await watch();
    streams[0]?.destroy();
    await (await fetch(`${url}${KIND}`)).text();
    expect(isOpen()).toBe(true);
  });

  it("tells of a list that does not end, until it does", async () => {
    await (await fetch(`${url}${KIND}`)).text();
    expect(states.overdueLists("kollectconnectiontests", 61_000)).toBe(0);
    hangs = true;
    const list = await fetch(`${url}${KIND}`);
    expect(states.overdueLists("kollectconnectiontests", 59_000)).toBe(0);
    expect(states.overdueLists("kollectconnectiontests", 2_000)).toBe(1);
    streams.at(-1)?.end();
    await list.text();
    await expect.poll(() => states.overdueLists("kollectconnectiontests", 0)).toBe(0);
  });

  it("sees nothing in other paths and verbs", async () => {
    const before = states.unsynced();
    expect(before).toContain(UNTOUCHED);
    for (const path of [`${KIND}/status`, `${GROUP}/namespaces/shop/${UNTOUCHED}/events`]) {
      await (await fetch(`${url}${path}`)).text();
      await fetch(`${url}${path}?watch=true`);
    }
    await (await fetch(`${url}${GROUP}/${UNTOUCHED}`, { method: "DELETE" })).text();
    expect(states.unsynced()).toEqual(before);
    expect(isOpen()).toBe(false);
  });
});

async function endsAfter(end: () => void, signal?: AbortSignal): Promise<void> {
  const { body } = await watch(signal);
  expect(isOpen()).toBe(true);
  end();
  await body?.pipeTo(new WritableStream()).catch(() => undefined);
  await expect.poll(isOpen).toBe(false);
}
