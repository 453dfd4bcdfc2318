import { once } from "node:events";
import { createServer, get as httpGet, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer, get as httpsGet } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createAgents, type GuardedAgents } from "../../../../capabilities/probes/net/http-agent";
import { netFailure } from "../../../../capabilities/probes/net/errors";
import { createAuthority } from "../../../../lab/pki";
import { blackHole } from "../../../../lab/faults";
import { fixedResolver, harness, rejection } from "./net-harness";

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const answer: RequestListener = (request, response) => {
  if (request.url === "/away") response.writeHead(302, { location: "http://169.254.169.254/latest/" }).end();
  else response.end(`hello from ${request.socket.localPort ?? 0}`);
};

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function text(response: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return body;
}

function fetchText(url: string, agents: GuardedAgents): Promise<string> {
  return new Promise((resolve, reject) => {
    const secure = url.startsWith("https:");
    const get = secure ? httpsGet : httpGet;
    get(url, { agent: secure ? agents.https : agents.http }, (response) => {
      text(response).then(resolve, reject);
    }).on("error", reject);
  });
}

function agentsOf(options: Parameters<typeof harness>[0] = {}, ca?: string) {
  const made = harness(options);
  const agents = createAgents(made.dialler, {
    insecureSkipVerify: false,
    ...(ca === undefined ? {} : { ca }),
  });
  cleanups.push(
    () => made.dialler.close(),
    () => agents.destroy(),
  );
  return { ...made, agents };
}

function causeOf(error: unknown): string | undefined {
  return netFailure(error, { endpoint: "x:1", host: "x" })?.failure.cause;
}

describe("agents for HTTP clients", () => {
  it("connect to the checked address and keep the connection for the next request", async () => {
    const server = createServer(answer);
    let connections = 0;
    server.on("connection", () => (connections += 1));
    const port = await listening(server);
    const resolver = fixedResolver("127.0.0.1");
    const { agents, recorder } = agentsOf({ resolveHost: resolver });
    expect(await fetchText(`http://shop.example:${port}/`, agents)).toBe(`hello from ${port}`);
    await fetchText(`http://shop.example:${port}/`, agents);
    expect([connections, resolver.asked()]).toEqual([1, 1]);
    expect(recorder.report("x").phases.map(({ name }) => name)).toEqual(["Resolve", "Connect"]);
  });

  it("verify TLS against the given authorities and the URL's name", async () => {
    const authority = createAuthority();
    const port = await listening(createTlsServer(authority.issue({ names: ["localhost"] }), answer));
    const { agents, recorder } = agentsOf({}, authority.cert);
    expect(await fetchText(`https://localhost:${port}/`, agents)).toContain("hello");
    expect(causeOf(await rejection(fetchText(`https://127.0.0.1:${port}/`, agents)))).toBe("TLSNameMismatch");
    expect(recorder.report("x").tls?.version).toBe("TLSv1.3");
    const trustingNobody = agentsOf();
    const refused = await rejection(fetchText(`https://localhost:${port}/`, trustingNobody.agents));
    expect(causeOf(refused)).toBe("TLSUntrusted");
  });

  it("refuse every hop that the policy refuses, an IP literal too", async () => {
    const port = await listening(createServer(answer));
    const { agents } = agentsOf({ addresses: { allow: ["127.0.0.1"] } });
    const away = await new Promise<IncomingMessage>((resolve, reject) => {
      httpGet(`http://127.0.0.1:${port}/away`, { agent: agents.http }, resolve).on("error", reject);
    });
    away.resume();
    const { location = "" } = away.headers;
    expect(causeOf(await rejection(fetchText(location, agents)))).toBe("AddressDenied");
    expect(causeOf(await rejection(fetchText("http://[::ffff:169.254.169.254]/", agents)))).toBe(
      "AddressDenied",
    );
    expect(causeOf(await rejection(fetchText("http://2852039166/", agents)))).toBe("AddressDenied");
  });

  it("read no proxy from the environment", async () => {
    const proxy = await blackHole();
    cleanups.push(() => proxy.close());
    const port = await listening(createServer(answer));
    const planted = {
      HTTP_PROXY: `http://127.0.0.1:${proxy.port}`,
      http_proxy: `http://127.0.0.1:${proxy.port}`,
    };
    Object.assign(process.env, planted);
    try {
      expect(await fetchText(`http://localhost:${port}/`, agentsOf().agents)).toContain("hello");
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name];
    }
    expect(proxy.seen()).toBe(0);
  });

  it("end a request when the attempt aborts, and leave no connection", async () => {
    const silent = await blackHole();
    cleanups.push(() => silent.close());
    const { agents, attempt } = agentsOf();
    const pending = rejection(fetchText(`http://127.0.0.1:${silent.port}/`, agents));
    const end = Date.now() + 2000;
    while (silent.seen() === 0 && Date.now() < end) await new Promise(setImmediate);
    const reason = new Error("deadline");
    attempt.abort(reason);
    expect(await pending).toBe(reason);
    while (silent.open() > 0 && Date.now() < end) await new Promise(setImmediate);
    expect(silent.open()).toBe(0);
  });
});
