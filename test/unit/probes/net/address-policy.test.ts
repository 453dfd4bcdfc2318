import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApiServerAddress } from "../../../../capabilities/domain/ports";
import { createAddressPolicy, isCidr } from "../../../../capabilities/probes/net/address-policy";
import { permittedAddresses } from "../../../../capabilities/probes/net/names/resolve";
import { systemResolver } from "../../../../capabilities/probes/net/names/system-resolver";
import { FailureError } from "../../../../capabilities/domain/failure";
import { runs } from "../../../fixtures/property";

const policy = createAddressPolicy();

describe("built-in refusals", () => {
  const rows: ReadonlyArray<readonly [refusal: string, addresses: readonly string[]]> = [
    ["a loopback address", ["127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"]],
    ["a link-local address", ["169.254.0.1", "169.254.255.255", "fe80::1", "fe80::1%eth0", "febf::1"]],
    [
      "a cloud metadata address",
      [
        "169.254.169.254",
        "169.254.170.2",
        "fd00:ec2::254",
        "FD00:0EC2::0254",
        "100.100.100.200",
        "168.63.129.16",
      ],
    ],
    ["a multicast address", ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"]],
    ["an unspecified address", ["0.0.0.0", "0.1.2.3", "::", "0:0:0:0:0:0:0:0"]],
    [
      "a reserved address",
      ["240.0.0.1", "255.255.255.255", "192.0.0.8", "192.0.0.1", "198.18.0.1", "198.19.255.255"],
    ],
    ["a reserved address", ["fec0::1", "feff:ffff::1", "::ffff:198.18.0.1", "64:ff9b::c000:8"]],
    ["not an IP address", ["localhost", "", "127.1", "0x7f000001", "1.2.3.4.5", "::g"]],
  ];
  for (const [refusal, addresses] of rows) {
    it.each(addresses)(`refuses %s as ${refusal}`, (address) => {
      expect(policy.refusal(address, 5432)).toBe(refusal);
    });
  }

  it.each(["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::5", "8.8.8.8", "2606:4700::1111"])(
    "lets %s pass",
    (address) => expect(policy.refusal(address, 5432)).toBeUndefined(),
  );
});

describe("IPv4 addresses inside IPv6 addresses", () => {
  const forms: ReadonlyArray<readonly [name: string, of: (a: string, b: string) => string]> = [
    ["mapped", (a, b) => `::ffff:${a}:${b}`],
    ["compatible", (a, b) => `::${a}:${b}`],
    ["translated", (a, b) => `::ffff:0:${a}:${b}`],
    ["NAT64", (a, b) => `64:ff9b::${a}:${b}`],
    ["local NAT64, at the end", (a, b) => `64:ff9b:1::${a}:${b}`],
    ["6to4", (a, b) => `2002:${a}:${b}::1`],
    ["Teredo server", (a, b) => `2001:0:${a}:${b}:0:0:f7f7:f7f7`],
    ["ISATAP", (a, b) => `2001:db8::200:5efe:${a}:${b}`],
    ["ISATAP, private", (a, b) => `2001:db8::5efe:${a}:${b}`],
  ];
  it.each(forms)("refuses loopback and metadata in %s form", (_name, of) => {
    expect(policy.refusal(of("7f00", "1"), 1)).toBe("a loopback address");
    expect(policy.refusal(of("a9fe", "a9fe"), 1)).toBe("a cloud metadata address");
  });
  it.each(forms)("lets a private address in %s form pass", (_name, of) => {
    expect(policy.refusal(of("a00", "1"), 1)).toBeUndefined();
  });
  it("refuses a Teredo client, whose bits are inverted", () => {
    expect(policy.refusal("2001:0:a00:1:0:0:80ff:fffe", 1)).toBe("a loopback address");
  });
  it("refuses an address right behind the prefix of local NAT64", () => {
    expect(policy.refusal("64:ff9b:1:7f00:0:100::", 1)).toBe("a loopback address");
  });
  it("refuses the dotted spelling", () => {
    expect(policy.refusal("::ffff:127.0.0.1", 1)).toBe("a loopback address");
    expect(policy.refusal("::FFFF:169.254.169.254%2", 1)).toBe("a cloud metadata address");
  });
  it("agrees about an address however it is wrapped", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.constantFrom(...forms), ([a, b, c, d], [, of]) => {
        const plain = policy.refusal(`${a}.${b}.${c}.${d}`, 1);
        // 0.x has no compatible form: `::1` and `::` are addresses of their own.
        fc.pre(a !== 0);
        const wrapped = of((a * 256 + b).toString(16), (c * 256 + d).toString(16));
        expect(policy.refusal(wrapped, 1)).toBe(plain);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe("configured rules", () => {
  it("lets an explicit permission override the built-in refusals", () => {
    const allowing = createAddressPolicy({ allow: ["127.0.0.0/8", "169.254.169.254"] });
    expect(allowing.refusal("127.0.0.1", 1)).toBeUndefined();
    expect(allowing.refusal("::ffff:127.0.0.1", 1)).toBeUndefined();
    expect(allowing.refusal("169.254.169.254", 1)).toBeUndefined();
    expect(allowing.refusal("169.254.169.253", 1)).toBe("a cloud metadata address");
    expect(allowing.refusal("::1", 1)).toBe("a loopback address");
  });
  it("lets an explicit denial override everything", () => {
    const denying = createAddressPolicy({ allow: ["10.0.0.0/8"], deny: ["10.1.0.0/16", "2001:db8::/32"] });
    expect(denying.refusal("10.2.0.1", 1)).toBeUndefined();
    expect(denying.refusal("10.1.0.1", 1)).toBe("an address that the operator's configuration denies");
    expect(denying.refusal("::ffff:10.1.0.1", 1)).toBe("an address that the operator's configuration denies");
    expect(denying.refusal("2001:db8::1", 1)).toBe("an address that the operator's configuration denies");
  });
  it("takes a range for addresses of its own family alone", () => {
    const allowing = createAddressPolicy({ allow: ["::/0"] });
    expect(allowing.refusal("::1", 1)).toBeUndefined();
    expect(allowing.refusal("127.0.0.1", 1)).toBe("a loopback address");
    expect(allowing.refusal("169.254.169.254", 1)).toBe("a cloud metadata address");
    expect(allowing.refusal("::ffff:127.0.0.1", 1)).toBe("a loopback address");
    expect(allowing.refusal("64:ff9b::a9fe:a9fe", 1)).toBe("a cloud metadata address");
    const denying = createAddressPolicy({ deny: ["::/0"] });
    expect(denying.refusal("fd00::5", 1)).toBe("an address that the operator's configuration denies");
    expect(denying.refusal("10.0.0.1", 1)).toBeUndefined();
  });
  it("can deny everything but a list", () => {
    const denying = createAddressPolicy({ deny: ["0.0.0.0/0", "::/0"] });
    expect(denying.refusal("8.8.8.8", 1)).toBeDefined();
    expect(denying.refusal("2606:4700::1111", 1)).toBeDefined();
  });
  it("refuses the API server's address at its port only", () => {
    const guarded = createAddressPolicy({ apiServers: () => [{ address: "10.96.0.1", port: 443 }] });
    expect(guarded.refusal("10.96.0.1", 443)).toBe("the Kubernetes API server");
    expect(guarded.refusal("::ffff:10.96.0.1", 443)).toBe("the Kubernetes API server");
    expect(guarded.refusal("10.96.0.1", 5432)).toBeUndefined();
  });
  it("opens the API server by its own address alone, not by a range around it", () => {
    const apiServers = (): ApiServerAddress[] => [{ address: "10.96.0.1", port: 443 }];
    const wide = createAddressPolicy({ apiServers, allow: ["10.0.0.0/8"] });
    const exact = createAddressPolicy({ apiServers, allow: ["10.96.0.1"] });
    expect(wide.refusal("10.96.0.1", 443)).toBe("the Kubernetes API server");
    expect(exact.refusal("10.96.0.1", 443)).toBeUndefined();
  });
  it.each([
    "10.0.0.0/33",
    "fd00::/129",
    "10.0.0",
    "example.org",
    "",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
    "fe80::1%eth0",
  ])("names %j as no CIDR", (text) => {
    expect(isCidr(text)).toBe(false);
    expect(() => createAddressPolicy({ allow: [text] })).toThrow(`"${text}" is not an IP address or CIDR`);
  });
  it.each(["10.0.0.0/8", "10.1.2.3", "fd00::/8", "::1", "0.0.0.0/0", "::/0"])("takes %s as CIDR", (text) => {
    expect(isCidr(text)).toBe(true);
  });
});

describe("spellings of addresses that must never be dialled", () => {
  const hostile = [
    ...[
      "127.0.0.1",
      "127.0.1",
      "127.1",
      "127.000.000.001",
      "0x7f.0.0.1",
      "0x7f.1",
      "0x7f000001",
      "0X7F000001",
    ],
    ...[
      "2130706433",
      "017700000001",
      "0177.0.0.1",
      "0177.1",
      "127.0x0.0x0.1",
      "127.0.0.01",
      "0x7f.0x00000001",
    ],
    ...[
      "00000177.0.0.1",
      "127.16777215",
      "127.0.65535",
      "0",
      "0.0.0.0",
      "0x0",
      "00",
      "0.0",
      "0.0.0",
      "localhost",
    ],
    ...[
      "LOCALHOST",
      "localhost.",
      "2852039166",
      "0xa9fea9fe",
      "025177524776",
      "169.254.43518",
      "169.16689662",
    ],
    ...[
      "0251.0376.0251.0376",
      "0xa9.0xfe.0xa9.0xfe",
      "169.254.169.254",
      "169.0xfe.43518",
      "::1",
      "::",
      "0::1",
    ],
    ...["0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"],
    ...[
      "0:0:0:0:0:ffff:127.0.0.1",
      "::127.0.0.1",
      "::ffff:0:127.0.0.1",
      "64:ff9b::127.0.0.1",
      "64:ff9b::a9fe:a9fe",
    ],
    ...[
      "2002:7f00:1::",
      "2002:a9fe:a9fe::1",
      "fe80::1",
      "fe80::1%1",
      "fd00:ec2::254",
      "fd00:0ec2:0:0:0:0:0:254",
    ],
    ...[
      "ff02::1",
      "224.0.0.1",
      "255.255.255.255",
      "0xffffffff",
      "4294967295",
      "[::1]",
      "[127.0.0.1]",
      "127.0.0.1:80",
    ],
    ...[
      "user@127.0.0.1",
      "127.0.0.1/",
      "127.0.0.1#",
      "127.0.0.1?x",
      "127.0.0.1\\@8.8.8.8",
      "127.0.0.1\n",
      "\t127.0.0.1",
    ],
    ...["127.0.0.1\0.example.org", "", " ", "１２７.0.0.1", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"],
  ];
  it("are at least 60", () => expect(new Set(hostile).size).toBeGreaterThanOrEqual(60));

  it.each(hostile)("refuses %j whatever the resolver makes of it", async (host) => {
    const refused = permittedAddresses({ host, port: 80 }, policy, systemResolver());
    const error = await refused.then(
      (addresses) => addresses,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FailureError);
    const { cause } = (error as FailureError).failure;
    expect(["AddressDenied", "InvalidConfiguration", "NameResolutionFailed"]).toContain(cause);
  });
});
