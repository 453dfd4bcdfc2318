import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { PinnedAddress } from "../../../../capabilities/probes/net/dialler";
import type { ResolveHost } from "../../../../capabilities/probes/net/names/resolve";
import { inOrder, systemResolver } from "../../../../capabilities/probes/net/names/system-resolver";
import { resources } from "../../../../lab/bench/resources";
import { startDns, type DnsRecords, type DnsServer } from "../../../../lab/servers/dns";
import { expectNothingLeft } from "../../../fixtures/nothing-left";
import { rejection } from "./net-harness";

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Setup {
  readonly resolve: ResolveHost;
  readonly dns: DnsServer;
}

/** A resolver as in a pod, with a DNS server on loopback. */
async function pod(records: DnsRecords, hosts = "127.0.0.1 localhost\n"): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), "resolver-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const dns = await startDns(records);
  cleanups.push(() => dns.close());
  const [hostsFile, resolvConf] = [join(folder, "hosts"), join(folder, "resolv.conf")];
  writeFileSync(hostsFile, hosts);
  writeFileSync(resolvConf, "search shop.test test\noptions ndots:2 timeout:1 attempts:1\n");
  return { resolve: systemResolver({ hosts: hostsFile, resolvConf, servers: [dns.address] }), dns };
}

function texts(found: readonly PinnedAddress[]): string[] {
  return found.map(({ address }) => address);
}

async function codeOf(lookup: Promise<unknown>): Promise<unknown> {
  return ((await rejection(lookup)) as { code?: unknown }).code;
}

describe("a name", () => {
  it("is completed by the search domains in their order, and gets all of its addresses", async () => {
    const addresses = { "db.test": ["fd00::7", "10.0.0.7", "10.0.0.8"], "db.shop.test": [] };
    const { resolve, dns } = await pod({ addresses });
    expect(texts(await resolve("db"))).toEqual(["10.0.0.7", "10.0.0.8", "fd00::7"]);
    expect([...new Set(dns.asked)]).toEqual(["db.shop.test", "db.test"]);
  });
  it("with enough dots is asked for as it is first", async () => {
    const { resolve, dns } = await pod({ addresses: { "db.shop.example": ["10.0.0.9"] } });
    expect(texts(await resolve("db.shop.example"))).toEqual(["10.0.0.9"]);
    expect([...new Set(dns.asked)]).toEqual(["db.shop.example"]);
  });
  it("of the hosts file is not asked for", async () => {
    const { resolve, dns } = await pod({}, "10.0.0.5 db.shop\n");
    expect(texts(await resolve("DB.shop"))).toEqual(["10.0.0.5"]);
    expect(dns.asked).toEqual([]);
  });
  it("that no server knows is ENOTFOUND, after all of its forms", async () => {
    const { resolve, dns } = await pod({});
    expect(await codeOf(resolve("db"))).toBe("ENOTFOUND");
    expect([...new Set(dns.asked)]).toEqual(["db.shop.test", "db.test", "db"]);
  });
  it("of which one form fails is found in another, and EAI_AGAIN without one", async () => {
    const failing = ["db.shop.test"];
    const known = await pod({ failing, addresses: { "db.test": ["10.0.0.7"] } });
    expect(texts(await known.resolve("db"))).toEqual(["10.0.0.7"]);
    expect(await codeOf((await pod({ failing })).resolve("db"))).toBe("EAI_AGAIN");
  });
  it("without an answer is EAI_AGAIN when the server's time is over", async () => {
    const { resolve, dns } = await pod({ silent: ["db.shop.test"] });
    expect(await codeOf(resolve("db"))).toBe("EAI_AGAIN");
    expect(new Set(dns.asked)).toEqual(new Set(["db.shop.test"]));
  });
  it("is EAI_AGAIN where no DNS server listens", async () => {
    const { resolve, dns } = await pod({});
    cleanups.splice(-1);
    await dns.close();
    expect(await codeOf(resolve("db.shop.example."))).toBe("EAI_AGAIN");
  });
});

describe("names without an answer", () => {
  it("keep no other name waiting, and leave nothing behind when they are aborted", async () => {
    const before = resources();
    const { resolve } = await pod({
      silent: [".dead.example"],
      addresses: { "db.shop.example": ["10.0.0.9"] },
    });
    const aborts = Array.from({ length: 64 }, () => new AbortController());
    const dead = aborts.map(({ signal }, index) => codeOf(resolve(`name-${index}.dead.example`, signal)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const asked = performance.now();
    expect(texts(await resolve("db.shop.example"))).toEqual(["10.0.0.9"]);
    expect(performance.now() - asked).toBeLessThan(500);
    for (const abort of aborts) abort.abort();
    const ended = performance.now();
    expect(new Set(await Promise.all(dead))).toEqual(new Set(["EAI_AGAIN"]));
    expect(performance.now() - ended).toBeLessThan(500);
    for (const cleanup of cleanups.splice(0)) await cleanup();
    await expectNothingLeft(before);
  });
});

describe("the order of the families", () => {
  const addresses = ["fd00::1", "2001:db8::1", "10.0.0.1"].map(
    (address): PinnedAddress => ({ address, family: address.includes(":") ? 6 : 4 }),
  );
  it.each([
    [true, ["2001:db8::1", "10.0.0.1", "fd00::1"]],
    [false, ["10.0.0.1", "fd00::1", "2001:db8::1"]],
  ])("with a global IPv6 address of this host: %s", (globalSource, expected) => {
    expect(texts(inOrder(addresses, globalSource))).toEqual(expected);
  });
});
