import { once } from "node:events";
import { Resolver } from "node:dns/promises";
import { connect, type NetConnectOpts } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { failed, FailureError, type Failure } from "../../../../capabilities/domain/failure";
import { causeChain, NET_ERRORS, netFailure } from "../../../../capabilities/probes/net/errors";
import { openHttp } from "../../../../capabilities/probes/net/http-client";
import {
  faultServer,
  hangUp,
  neverConnects,
  refusedPort,
  resetter,
  type Fault,
} from "../../../../lab/faults";
import { startDns } from "../../../../lab/servers/dns";
import { harness, rejection } from "./net-harness";

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function started(fault: Promise<Fault>): Promise<Fault> {
  const server = await fault;
  cleanups.push(() => server.close());
  return server;
}

/** The failure that a dialler's rejection carries, once it was found fit to be shown. */
async function failureOf(dialled: Promise<unknown>, names: string): Promise<Failure> {
  const error = await rejection(dialled);
  expect(error).toBeInstanceOf(FailureError);
  const { failure } = error as FailureError;
  expect(failure.message).toContain(names);
  expect(failure.message.length).toBeLessThan(300);
  return failure;
}

function dial(target: { host: string; port: number }, options: Parameters<typeof harness>[0] = {}) {
  const { dialler } = harness(options);
  cleanups.push(() => dialler.close());
  return dialler.connect(target);
}

describe("a name", () => {
  it.each([
    ["does not exist", "no.shop.test", "does not exist in DNS. Check its spelling"],
    ["has no address", "empty.shop.test", "does not exist in DNS. Check its spelling"],
    ["belongs to a server that fails", "failing.shop.test", "Check the cluster's DNS"],
  ])("that %s is NameResolutionFailed", async (_what, host, fix) => {
    const dns = await startDns({ srv: { "empty.shop.test": [] }, failing: ["failing.shop.test"] });
    cleanups.push(() => dns.close());
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([dns.address]);
    const resolveHost = async (name: string) =>
      (await resolver.resolve4(name)).map((address) => ({ address, family: 4 as const }));
    const failure = await failureOf(dial({ host, port: 5432 }, { resolveHost }), host);
    expect(failure.cause).toBe("NameResolutionFailed");
    expect(failure.message).toContain(fix);
  });
});

describe("a connection", () => {
  it("to a port where nothing listens is ConnectionRefused", async () => {
    const target = await refusedPort();
    const failure = await failureOf(dial(target), `${target.host}:${target.port}`);
    expect(failure.cause).toBe("ConnectionRefused");
    expect(failure.message).toContain("Check host and port");
  });

  it("to an address without a route is Unreachable", async () => {
    // The kernel refuses TCP to a multicast address before any packet is sent.
    const target = { host: "224.0.0.1", port: 5432 };
    const failure = await failureOf(dial(target, { addresses: { allow: [target.host] } }), "224.0.0.1:5432");
    expect(failure.cause).toBe("Unreachable");
    expect(failure.message).toContain("no route");
  });

  it("that Node gives up, inside the error of all attempts, is TimedOut", async () => {
    const silent = await started(neverConnects());
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    const options = {
      host: "db.shop",
      port: silent.port,
      lookup: (_host: string, _options: object, done: (error: null, found: typeof addresses) => void) =>
        done(null, addresses),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: 20,
    } as unknown as NetConnectOpts;
    const [error] = (await once(connect(options), "error")) as [unknown];
    const failure = netFailure(error, { endpoint: "db.shop:5432", host: "db.shop" })?.failure;
    expect(failure?.cause).toBe("TimedOut");
    expect(failure?.message).toMatch(/^db\.shop:5432 did not answer .* Check the address/);
  });

  it.each([
    ["is reset", () => resetter()],
    ["ends before an answer", () => hangUp()],
    [
      "is cut inside an answer",
      () =>
        faultServer((socket) =>
          socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")),
        ),
    ],
  ] as ReadonlyArray<[string, () => Promise<Fault>]>)("that %s is Unreachable", async (_what, start) => {
    const { host, port } = await started(start());
    const { dialler, recorder, attempt } = harness();
    cleanups.push(() => dialler.close());
    const origin = { host, port, secure: false, trust: { insecureSkipVerify: false } };
    const client = await openHttp(origin, { dialler, recorder, signal: attempt.signal });
    const failure = await failureOf(client.request({ method: "GET", path: "/" }), `${host}:${port}`);
    expect(failure.cause).toBe("Unreachable");
    expect(failure.message).toContain("closed the connection. Check the port's protocol");
  });
});

const where = { endpoint: "db.shop:5432", host: "db.shop" };
const withCode = (code: string): Error => Object.assign(new Error("raw text of a driver"), { code });

describe("an error with a code", () => {
  it.each(Object.keys(NET_ERRORS))("is explained without the words of a driver: %s", (code) => {
    const failure = netFailure(withCode(code), where)?.failure;
    expect(failure?.message).toMatch(/^(The |There |DNS |No server |db\.shop).*db\.shop.*\.$|^db\.shop.*\.$/);
    expect(failure?.message).not.toContain("raw text");
    expect(failure?.message.length).toBeLessThan(300);
  });
  it.each([
    ["EHOSTUNREACH", "a router or a firewall that rejects", "Unreachable", "NetworkPolicies and firewalls"],
    ["EPERM", "a firewall of the node", "Unreachable", "NetworkPolicies and firewalls"],
    ["EAI_AGAIN", "a DNS server that is out of reach", "NameResolutionFailed", "Check the cluster's DNS"],
  ])("%s, which loopback cannot give, stands for %s", (code, _what, cause, fix) => {
    const failure = netFailure(withCode(code), where)?.failure;
    expect(failure?.cause).toBe(cause);
    expect(failure?.message).toContain(fix);
  });
  it("of OpenSSL that no table has is TLSFailed", () => {
    expect(netFailure(withCode("ERR_SSL_SOMETHING_NEW"), where)?.failure.cause).toBe("TLSFailed");
  });
  it.each(["constructor", "__proto__", "toString", "28P01", ""])("%j is not of the network", (code) => {
    expect(netFailure(withCode(code), where)).toBeUndefined();
  });
  it.each([undefined, null, "ECONNREFUSED", 42, { code: 7 }, {}])("is not %j", (thrown) => {
    expect(netFailure(thrown, where)).toBeUndefined();
  });
});

describe("errors inside errors", () => {
  it("are found in causes and aggregates", () => {
    const refused = new AggregateError([new Error("first"), withCode("ECONNREFUSED")]);
    expect(netFailure(new Error("outer", { cause: refused }), where)?.failure.cause).toBe(
      "ConnectionRefused",
    );
  });
  it("give way to the failure of a probe that a driver wrapped", () => {
    const own = failed("AddressDenied", "own words");
    const wrapped = Object.assign(new Error("driver", { cause: own }), { code: "ECONNRESET" });
    expect(netFailure(wrapped, where)).toBe(own);
  });
  it("end, also when they contain themselves or have no end", () => {
    const loop = new Error("loop");
    loop.cause = loop;
    expect(causeChain(loop)).toEqual([loop]);
    let deep: Error = new Error("end");
    for (let depth = 0; depth < 10_000; depth += 1) deep = new Error("more", { cause: deep });
    expect(causeChain(deep)).toHaveLength(20);
  });
});
