import { Resolver } from "node:dns/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { createMongodbProbe } from "../../../capabilities/probes/mongodb/probe";
import { mongodbCase, PASSWORD, trusting, USER } from "../../../lab/backends/mongodb";
import { runCase, type RunOptions } from "../../../lab/backends/run-case";
import { resources } from "../../../lab/bench/resources";
import { expectNothingLeft } from "../../fixtures/nothing-left";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startDns, type DnsRecords, type DnsServer } from "../../../lab/servers/dns";
import { startFerretdb, type FerretdbServer } from "../../../lab/servers/mongodb/ferretdb";
import { expectClean } from "../../contract/leaks";
import { expectFailure, expectPassed } from "../expect-report";
import { AT_LOOPBACK, resolvingTo } from "../pod-identity";

const CLUSTER = "cluster0.shop.test";
const RECORD = `_mongodb._tcp.${CLUSTER}`;

let authority: Authority;
let server: FerretdbServer;
let dns: DnsServer | undefined;

beforeAll(async () => {
  authority = createAuthority();
  server = await startFerretdb({ tls: authority.issue({ names: ["mongo-0.shop.test"] }) });
  await server.command("app", { createUser: USER, pwd: PASSWORD, roles: [] });
});
afterEach(async () => {
  await dns?.close();
  dns = undefined;
});
afterAll(() => server?.stop());

/** Probes `mongodb+srv://` with these records; getaddrinfo's answer is loopback for every name. */
async function run(records: DnsRecords, query = "", options: RunOptions = {}): Promise<ProbeReport> {
  dns = await startDns(records);
  const { address } = dns;
  const probe = createMongodbProbe(() => {
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([address]);
    return resolver;
  });
  const uri = `mongodb+srv://${USER}:${encodeURIComponent(PASSWORD)}@${CLUSTER}/${query}`;
  const report = await runCase(probe, mongodbCase(uri, { tls: trusting(authority.cert) }), {
    ...AT_LOOPBACK,
    ...options,
  });
  expectClean(report, [PASSWORD]);
  return report;
}

/** The record of the real server. */
function pointing(host = "mongo-0.shop.test"): DnsRecords["srv"] {
  return { [RECORD]: [{ host, port: server.tlsPort }] };
}

describe("mongodb+srv", () => {
  it("finds the server, its authSource and TLS through DNS", async () => {
    const report = await expectPassed(run({ srv: pointing(), txt: { [CLUSTER]: ["authSource=app"] } }));
    expect(report.endpoint).toBe(CLUSTER);
    expect(report.tls).toBeDefined();
  });

  it("lets the string override what the TXT record says", async () => {
    const txt = { [CLUSTER]: ["authSource=elsewhere"] };
    await expectPassed(run({ srv: pointing(), txt }, "?authSource=app"));
  });

  it("works without a TXT record, and with another service name", async () => {
    const srv = { [`_kollect._tcp.${CLUSTER}`]: pointing()?.[RECORD] ?? [] };
    await expectPassed(run({ srv }, "?authSource=app&srvServiceName=kollect"));
  });

  it("takes replicaSet from the TXT record", async () => {
    await expectFailure(
      run({ srv: pointing(), txt: { [CLUSTER]: ["authSource=app&replicaSet=rs0"] } }),
      "InvalidConfiguration",
      "not a member of the replica set.",
    );
  });

  it("does not repeat the name of a host that only DNS gave", async () => {
    const srv = { [RECORD]: [{ host: "canary-5ecret.shop.test", port: 1 }] };
    const report = await expectFailure(
      run({ srv }, "?authSource=app"),
      "ConnectionRefused",
      "MongoDB at host 1 of the SRV record of cluster0.shop.test refuses connections",
    );
    expect(JSON.stringify(report)).not.toContain("canary");
  });

  it("takes no more hosts than srvMaxHosts", async () => {
    const hosts = [{ host: "mongo-0.shop.test", port: server.tlsPort }];
    const srv = { [RECORD]: [...hosts, { host: "mongo-1.shop.test", port: server.tlsPort }] };
    const several = await run({ srv }, "?authSource=app");
    expect(several.failure?.message).toContain("only when it is the only host");
    await dns?.close();
    await expectPassed(run({ srv }, "?authSource=app&srvMaxHosts=1"));
  });

  it("checks the address of every host that DNS names", async () => {
    await expectFailure(run({ srv: pointing() }, "", resolvingTo("169.254.169.254")), "AddressDenied");
  });

  it.each(["mongo-0.elsewhere.test", "shop.test", "mongo-0.evilshop.test"])(
    "refuses to be sent out of its domain, to %s",
    async (host) => {
      const report = await expectFailure(
        run({ srv: pointing(host) }),
        "InvalidConfiguration",
        "names a host that is not in the domain of cluster0.shop.test",
      );
      expect(report.phases).toMatchObject([{ name: "Resolve", result: "Failed" }]);
    },
  );

  const FAULTS: Readonly<Record<string, [DnsRecords, Cause]>> = {
    "there is no SRV record": [{}, "NameResolutionFailed"],
    "the DNS server fails": [{ failing: [RECORD] }, "NameResolutionFailed"],
    "the DNS server is silent": [{ silent: [RECORD] }, "NameResolutionFailed"],
    "the DNS server fails for the TXT record": [
      { srv: { [RECORD]: [{ host: "mongo-0.shop.test", port: 1 }] }, failing: [CLUSTER] },
      "NameResolutionFailed",
    ],
    "there are two TXT records": [
      {
        srv: { [RECORD]: [{ host: "mongo-0.shop.test", port: 1 }] },
        txt: { [CLUSTER]: ["authSource=a", "authSource=b"] },
      },
      "InvalidConfiguration",
    ],
    "the TXT record says more than it may": [
      { srv: { [RECORD]: [{ host: "mongo-0.shop.test", port: 1 }] }, txt: { [CLUSTER]: ["tls=false"] } },
      "InvalidConfiguration",
    ],
  };
  it.each(Object.entries(FAULTS))("reports when %s", async (_, [records, cause]) => {
    await expectFailure(run(records, "", { timeoutMs: 3000 }), cause, CLUSTER);
  });

  it("ends its question to DNS when it is aborted", async () => {
    const before = resources();
    const controller = new AbortController();
    const running = run({ silent: [RECORD] }, "", { timeoutMs: 20_000, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("no test waits")), 100);
    await expect(running).rejects.toThrow("no test waits");
    await dns?.close();
    dns = undefined;
    await expectNothingLeft(before);
  });
});
