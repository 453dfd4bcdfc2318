import { lookup } from "node:dns/promises";
import { describe, expect, it } from "vitest";
import {
  addressesInHosts,
  addressOrName,
  namesToAsk,
  parseResolvConf,
} from "../../../../capabilities/probes/net/names/resolver-files";

const POD = `
# made by the kubelet
search shop.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5 timeout:2 attempts:3 edns0
`;

describe("resolv.conf", () => {
  it("of a pod gives its search domains and options", () => {
    expect(parseResolvConf(POD)).toEqual({
      search: ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"],
      ndots: 5,
      timeoutMs: 2000,
      attempts: 3,
    });
  });
  it.each([
    ["", { search: [], ndots: 1, timeoutMs: 5000, attempts: 2 }],
    [
      "options ndots:99 timeout:9999 attempts:9999",
      { search: [], ndots: 15, timeoutMs: 30_000, attempts: 5 },
    ],
    ["options ndots:0 timeout:0 attempts:0", { search: [], ndots: 0, timeoutMs: 1000, attempts: 1 }],
    ["options ndots:x ndots: :5", { search: [], ndots: 1, timeoutMs: 5000, attempts: 2 }],
    ["search a.test\ndomain b.test", { search: ["b.test"], ndots: 1, timeoutMs: 5000, attempts: 2 }],
    ["domain b.test c.test\nsearch .", { search: [""], ndots: 1, timeoutMs: 5000, attempts: 2 }],
  ])("%j is read within the bounds of resolv.conf(5)", (text, expected) => {
    expect(parseResolvConf(text)).toEqual(expected);
  });
  it("gives no more than 32 search domains", () => {
    const many = Array.from({ length: 100 }, (_, index) => `d${index}.test`);
    expect(parseResolvConf(`search ${many.join(" ")}`).search).toHaveLength(32);
  });
});

describe("the names to ask for", () => {
  const settings = parseResolvConf(POD);
  const last = (host: string): string[] => settings.search.map((domain) => `${host}.${domain}`);
  it.each([
    ["db", [...last("db"), "db"]],
    ["db.shop", [...last("db.shop"), "db.shop"]],
    ["db.shop.svc.cluster.local", [...last("db.shop.svc.cluster.local"), "db.shop.svc.cluster.local"]],
    ["a.b.c.d.e.f", ["a.b.c.d.e.f", ...last("a.b.c.d.e.f")]],
    ["db.example.org.", ["db.example.org"]],
  ])("of %s follow ndots and the search list", (host, names) => {
    expect(namesToAsk(host, settings)).toEqual(names);
  });
  it("leave out what would be too long, and ask for none twice", () => {
    const long = `${"x".repeat(60)}.`.repeat(4).slice(0, -1);
    expect(namesToAsk(long, settings)).toEqual([long]);
    expect(namesToAsk("db", { ...settings, search: ["", "a.test", "a.test"] })).toEqual(["db", "db.a.test"]);
  });
});

describe("the hosts file", () => {
  const text =
    "127.0.0.1 localhost\n10.0.0.7\tdb.shop DB # not-a-name\n fd00::7 db.shop\n#10.0.0.8 off\nbad db\n";
  it.each([
    ["db.shop", ["10.0.0.7", "fd00::7"]],
    ["db", ["10.0.0.7"]],
    ["DB.Shop.", ["10.0.0.7", "fd00::7"]],
    ["not-a-name", []],
    ["off", []],
    ["10.0.0.7", []],
  ])("knows %s as %j", (host, addresses) => {
    expect(addressesInHosts(text, host).map(({ address }) => address)).toEqual(addresses);
  });
});

describe("a host that is an address", () => {
  it.each([
    "127.0.0.1",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "127.1",
    "10.0x10",
    "::1",
    "::ffff:7f00:1",
    "fe80::1%lo",
  ])("%s means what getaddrinfo makes of it", async (host) => {
    const found = addressOrName(host);
    expect(found).toEqual(await lookup(host, { all: true }));
  });
  it.each(["999.1.1.1", "1.2.3.4.5", "db.1", "0x7f.1.2.3.4", "08.1.1.1", "4294967296"])(
    "%s is neither an address nor a name",
    (host) => expect(addressOrName(host)).toBe("invalid"),
  );
  it.each(["db", "db.shop", "1a", "0xg", "1.db", "xn--bcher-kva.example"])("%s is a name", (host) => {
    expect(addressOrName(host)).toBe("name");
  });
});
