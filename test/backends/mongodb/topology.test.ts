import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { blackHole, refusedPort } from "../../../lab/faults";
import type { StandIn } from "../../../lab/servers/mongodb/stand-in";
import { expectFailure, expectPassed } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { GHOST, MONGOS, primary, secondary, server, STANDALONE } from "./answers";
import { LOGIN, nameOf, run, start } from "./stand-in";

/** Two members that know each other; the second one is the primary. */
async function replicaSet(): Promise<readonly [StandIn, StandIn]> {
  const hosts: string[] = [];
  const second = await start(server(() => primary({ hosts: [...hosts].reverse() })));
  const first = await start(server(() => secondary({ hosts, ...(hosts[1] ? { primary: hosts[1] } : {}) })));
  hosts.push(nameOf(first), nameOf(second));
  return [first, second];
}

describe("finding the server that takes writes", () => {
  it("goes from a secondary to the primary that it names, and logs in only there", async () => {
    const [first, second] = await replicaSet();
    await expectPassed(run([first]));
    expect(first.asked()).toEqual(["ismaster"]);
    expect(second.asked()).toEqual(["ismaster", "saslStart", "ping", "connectionStatus", "listCollections"]);
  });

  it("passes over a host where nothing listens", async () => {
    const [, second] = await replicaSet();
    const report = await expectPassed(run([await refusedPort(), second], `${LOGIN}&replicaSet=rs0`));
    expect(report.tookMs).toBeLessThan(5000);
  });

  it("does not wait for a host that is silent, and closes its connection", async () => {
    const silent = await duringTest(blackHole());
    const [, second] = await replicaSet();
    const report = await expectPassed(run([silent, second]));
    expect(report.tookMs).toBeLessThan(5000);
    for (let waited = 0; silent.open() > 0 && waited < 1000; waited += 10) await sleep(10);
    expect(silent.open()).toBe(0);
  });

  it("waits for an election, and settles as soon as it is over", async () => {
    let elected = false;
    const hosts: string[] = [];
    const only = await start(server(() => (elected ? primary({ hosts }) : secondary({ hosts }))));
    hosts.push(nameOf(only));
    const running = run([only]);
    await sleep(300);
    elected = true;
    const report = await expectPassed(running);
    expect(report.tookMs).toBeLessThan(5000);
  });

  it("takes a mongos, also one of several", async () => {
    const [one, other] = [await start(server(MONGOS)), await start(server(MONGOS))];
    await expectPassed(run([one, other]));
    expect(other.asked()).toEqual([]);
  });

  it("asks no other member with directConnection=true", async () => {
    const [first, second] = await replicaSet();
    await expectPassed(run([second], `${LOGIN}&directConnection=true`));
    expect(first.seen()).toBe(0);
  });

  it("takes a load balancer's server with loadBalanced=true", async () => {
    const balanced = await start(server({ ...MONGOS, serviceId: "0".repeat(24) }));
    await expectPassed(run([balanced], `${LOGIN}&loadBalanced=true`));
    expect(balanced.asked()[0]).toBe("hello");
  });
});

describe("a deployment that no client could use", () => {
  it("settles early when no server listens at any host, and names them all", async () => {
    const hosts = [await refusedPort(), await refusedPort()];
    const report = await run(hosts, `${LOGIN}&replicaSet=rs0`, { timeoutMs: 10_000 });
    expect(report.tookMs).toBeLessThan(5000);
    expect(report.failure?.cause).toBe("ConnectionRefused");
    for (const host of hosts) expect(report.failure?.message).toContain(nameOf(host));
  });

  it("reports a primary that is advertised under a name which does not exist", async () => {
    const only = await start(server(() => primary({ hosts: ["mongo-0.internal.invalid:27017"] })));
    const report = await expectFailure(
      run([only]),
      "NameResolutionFailed",
      `The replica set names an address that ${nameOf(only)} advertises as the address of its primary`,
    );
    expect(report.failure?.message).toContain(
      `MongoDB at an address that ${nameOf(only)} advertises has a name that does not resolve to an address.`,
    );
    expect(report.tookMs).toBeLessThan(5000);
  });

  it("reaches a primary under the name that it advertises", async () => {
    const only = await start(server(() => primary({ hosts: [`localhost:${only.port}`] })));
    await expectPassed(run([only]));
    expect(only.asked().filter((name) => name === "ismaster")).toHaveLength(2);
  });

  it("names a replica set without a primary before its deadline is over", async () => {
    const only = await start(server(() => secondary({ hosts: [nameOf(only)] })));
    await expectFailure(
      run([only], LOGIN, { timeoutMs: 1500 }),
      "Unreachable",
      "The replica set has no primary",
    );
    expect(only.asked().length).toBeGreaterThan(1);
  });

  it("goes on asking while a primary refuses that may have failed over", async () => {
    const gone = await refusedPort();
    const only = await start(
      server(() => secondary({ hosts: [nameOf(only), nameOf(gone)], primary: nameOf(gone) })),
    );
    await expectFailure(
      run([only], LOGIN, { timeoutMs: 1500 }),
      "ConnectionRefused",
      `The replica set names ${nameOf(gone)}`,
    );
    expect(only.asked().length).toBeGreaterThan(1);
  });

  const FAULTS = {
    "another replica set": [
      primary({ hosts: [], setName: "other" }),
      "replicaSet=rs0",
      "InvalidConfiguration",
    ],
    "a mongos behind replicaSet": [MONGOS, "replicaSet=rs0", "InvalidConfiguration"],
    "a standalone server behind replicaSet": [STANDALONE, "replicaSet=rs0", "InvalidConfiguration"],
    "a set that is not initiated": [GHOST, "", "Unreachable"],
    "no load balancer": [MONGOS, "loadBalanced=true", "InvalidConfiguration"],
    "a secondary, directly": [secondary({ hosts: [] }), "directConnection=true", "PermissionDenied"],
    "another set, directly": [
      primary({ hosts: [] }),
      "directConnection=true&replicaSet=x",
      "InvalidConfiguration",
    ],
    "a server in read-only mode": [{ ...STANDALONE, readOnly: true }, "", "PermissionDenied"],
    "a server that is too old": [{ ...STANDALONE, maxWireVersion: 8 }, "", "ProtocolError"],
    "a server that is too new": [
      { ...STANDALONE, minWireVersion: 99, maxWireVersion: 100 },
      "",
      "ProtocolError",
    ],
  } as const;
  it.each(Object.entries(FAULTS))("reports %s", async (_, [hello, query, cause]) => {
    const only = await start(server(hello));
    const report = await expectFailure(
      run([only], [LOGIN, query].filter(Boolean).join("&"), { timeoutMs: 10_000 }),
      cause,
      nameOf(only),
    );
    expect(report.tookMs).toBeLessThan(5000);
  });
});

describe("limits of the connection string", () => {
  it.each([
    ["connectTimeoutMS", "did not answer within connectTimeoutMS (0.4 s)"],
    ["serverSelectionTimeoutMS", "within serverSelectionTimeoutMS (0.4 s)"],
  ])("keeps %s", async (option, words) => {
    const silent = await duringTest(blackHole());
    const report = await expectFailure(run([silent], `${LOGIN}&${option}=400`), "TimedOut", words);
    expect(report.tookMs).toBeLessThan(5000);
  });
});
