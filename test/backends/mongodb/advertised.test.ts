import { describe, expect, it } from "vitest";
import { refusedPort } from "../../../lab/faults";
import { expectFailure, expectPassed } from "../expect-report";
import { AT_LOOPBACK } from "../pod-identity";
import { primary, refusal, secondary, server } from "./answers";
import { LOGIN, nameOf, run, start } from "./stand-in";

describe("advertised members and the address policy", () => {
  it.each([
    ["an address", "127.0.0.2"],
    ["another spelling of an address", "2130706434"],
    ["an IPv4-mapped address", "[::ffff:127.0.0.2]"],
    ["a metadata address", "169.254.169.254"],
    ["a name that resolves to one", "sneaky.test"],
  ])("refuses a primary that is advertised as %s which may not be dialled", async (_, host) => {
    const advertised = `${host}:27017`;
    const only = await start(
      server(() => secondary({ hosts: [nameOf(only), advertised], primary: advertised })),
    );
    const report = await expectFailure(
      run([only], LOGIN, {
        addresses: { allow: ["127.0.0.1/32"] },
        resolveHost: (name) =>
          Promise.resolve([{ address: ADDRESSES[name] ?? name, family: name.includes(":") ? 6 : 4 }]),
      }),
      "AddressDenied",
      "as the address of its primary",
    );
    expect(report.tookMs).toBeLessThan(5000);
  });

  it("does not dial a member that no verdict needs, nor refuse it", async () => {
    const only = await start(server(() => primary({ hosts: [nameOf(only), "169.254.169.254:27017"] })));
    await expectPassed(run([only]));
  });

  it("goes to at most 50 members that servers name, however many they name", async () => {
    let made = 0;
    const more = (): string => `member-${(made += 1)}.test:${only.port}`;
    const only = await start(server(() => secondary({ hosts: Array.from({ length: 200 }, more) })));
    const resolved = new Set<string>();
    const { failure } = await run([only], LOGIN, {
      timeoutMs: 6000,
      resolveHost: (name) => {
        resolved.add(name);
        return Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
      },
    });
    // On a busy machine the last round of questions may not end before the deadline.
    expect(["Unreachable", "TimedOut"]).toContain(failure?.cause);
    expect(resolved.size).toBe(51);
  });
});

/** What getaddrinfo makes of them. */
const ADDRESSES: Readonly<Record<string, string>> = {
  "2130706434": "127.0.0.2",
  "sneaky.test": "169.254.169.254",
};

describe("names that servers make up", () => {
  const CANARY = "canary-5ecret";

  it.each([
    ["are a set's", () => primary({ hosts: [], setName: CANARY }), "replicaSet=rs0"],
    ["do not resolve", () => primary({ hosts: [`${CANARY}.invalid:27017`] }), ""],
    ["are no names", () => secondary({ hosts: [`${CANARY} <b>:x`], primary: `${CANARY}\u202e` }), ""],
  ])("are not shown when they %s", async (_, hello, query) => {
    const only = await start(server(hello));
    const report = await run([only], [LOGIN, query].filter(Boolean).join("&"), { timeoutMs: 1200 });
    expect(report.failure).toBeDefined();
    expect(JSON.stringify(report)).not.toContain(CANARY);
  });

  it("are not shown when they are addresses, which may be a password in other digits", async () => {
    const advertised = `127.0.0.9:${(await refusedPort()).port}`;
    const only = await start(
      server(() => secondary({ hosts: [nameOf(only), advertised], primary: advertised })),
    );
    const report = await expectFailure(run([only]), "ConnectionRefused", "an address (an IPv4 address) that");
    expect(JSON.stringify(report)).not.toContain("127.0.0.9");
  });

  it("are not shown when the login fails there", async () => {
    const only = await start(
      server(() => primary({ hosts: [`${CANARY}.test:${only.port}`] }), {
        saslStart: () => refusal(18, CANARY),
      }),
    );
    const report = await expectFailure(
      run([only], LOGIN, AT_LOOPBACK),
      "AuthenticationFailed",
      `MongoDB at an address that ${nameOf(only)} advertises refused`,
    );
    expect(JSON.stringify(report)).not.toContain(CANARY);
  });
});
