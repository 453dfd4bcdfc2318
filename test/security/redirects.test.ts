import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { PROBES } from "../../capabilities/probes/registry";
import { runCase, type ProbeCase } from "../../lab/backends/run-case";
import { TEST_BACKENDS } from "../fixtures/backends";
import { plainSink, secretsOf } from "./sinks";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A web server on loopback that notes what it is asked for. */
async function web(location?: (url: string) => string): Promise<{ at: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (location) response.writeHead(302, { location: location(request.url ?? "") }).end();
    else response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { at: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function caseAt(type: SinkType, at: string): ProbeCase {
  const { server } = TEST_BACKENDS[type];
  const values = server.credentials(at, "hunter22");
  const hasSecret = Object.keys(values).length > 0;
  const sink = plainSink(type, server.address(at), hasSecret ? { name: "keys" } : undefined);
  return { sink, secrets: secretsOf(type, sink, values) };
}

/** The types whose backend is a web server. */
const WEB_TYPES = ["git", "gitlab", "s3", "gcs", "bigquery"] as const;

/** Addresses to which a hostile server may want a request of the operator to go. */
const INTERNAL: ReadonlyArray<readonly [what: string, of: (url: string) => string]> = [
  ["a path of its choice", () => "/internal/delete?all=true"],
  ["a path of its choice, with Git's in the query", () => `/internal/delete?all=/info/refs?${SERVICE}`],
  ["a path of its choice, with Git's query in its own", () => `/internal/info/refs?all=true&${SERVICE}`],
  ["an encoded query", () => `/internal/delete%3Fall=/info/refs?${SERVICE}`],
  ["the query of another service", () => "/internal/info/refs?service=git-receive-pack&x=1"],
];
const SERVICE = "service=git-upload-pack";

describe.each(WEB_TYPES)("a server of a %s sink", (type) => {
  it.each(INTERNAL)("has no request sent elsewhere by a redirect to %s", async (_what, path) => {
    const internal = await web();
    const server = await web((url) => `http://${internal.at}${path(url)}`);
    const cloud = TEST_BACKENDS[type].server.cloud?.(server.at);
    const report = await runCase(PROBES[type], caseAt(type, server.at), {
      timeoutMs: 3000,
      plan: { ambientCredentials: false, ...(cloud ? { cloud } : {}) },
    });
    expect(server.asked.length).toBeGreaterThan(0);
    expect(internal.asked).toEqual([]);
    expect(report.failure?.cause).not.toBe("Internal");
    expect(report.failure?.message ?? "").not.toContain(internal.at);
    expect(report.failure).toBeDefined();
  });
});

it("has Git's own question sent to another host by a redirect, without the credentials", async () => {
  const other = await web();
  const server = await web(() => `http://${other.at}/moved.git/info/refs?${SERVICE}`);
  const report = await runCase(PROBES.git, caseAt("git", server.at), { timeoutMs: 3000 });
  expect(other.asked).toEqual([`GET /moved.git/info/refs?${SERVICE}`]);
  expect(report.failure?.message).not.toContain(other.at);
});
