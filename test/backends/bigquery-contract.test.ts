import { afterAll, beforeAll } from "vitest";
import { bigqueryProbe } from "../../capabilities/probes/bigquery/probe";
import type { Probe } from "../../capabilities/probes/probe";
import { describeProbe } from "../contract/probe-contract";
import type { ProbeCase } from "../../lab/backends/run-case";
import { silentAfterTls } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startBigquery } from "../../lab/servers/bigquery";
import { createAccount, type GoogleStandIn } from "../../lab/servers/google";
import { bigqueryCase, DATASETS, PROJECT } from "../../lab/backends/bigquery";
import { trusting } from "../../lab/backends/s3";

const account = createAccount("kollect");
const stranger = createAccount("stranger");
const grants = new Map([
  [account, ["bigquery.datasets.get", "bigquery.jobs.create", "bigquery.tables.updateData"]],
]);

let authority: Authority;
let server: GoogleStandIn;
let expired: GoogleStandIn;

beforeAll(async () => {
  authority = createAuthority();
  const notAfter = new Date(Date.now() - 60_000);
  const shared = { grants, project: PROJECT, datasets: DATASETS };
  [server, expired] = await Promise.all([
    startBigquery({ tls: authority.issue({ names: ["localhost"] }), ...shared }),
    startBigquery({ tls: authority.issue({ names: ["localhost"], notAfter }), ...shared }),
  ]);
});
afterAll(() => Promise.all([server?.close(), expired?.close()]));

interface At {
  readonly host?: string;
  readonly port: number;
  readonly key?: string;
  readonly tls?: { caBundle?: string; insecureSkipVerify?: boolean };
}

function at({ host = "localhost", port, key = server.keyFile(account), tls }: At): ProbeCase {
  return bigqueryCase({
    endpoint: `https://${host}:${port}`,
    secret: { "credentials.json": key },
    tls: tls ?? trusting(authority.cert),
  });
}

describeProbe("bigquery", {
  probe: bigqueryProbe as Probe,
  secrets: [account.file.private_key ?? "", stranger.file.private_key ?? "", "canary-server-message"],
  good: () => at({ port: server.port }),
  relayed: [
    { name: "the API", server: () => server, at: (target) => at(target) },
    {
      name: "the token endpoint",
      server: () => server,
      at: (target) => at({ port: server.port, key: server.keyFile(account, server.alsoAt(target)) }),
    },
  ],
  at: (target) => at({ ...target, tls: { insecureSkipVerify: true } }),
  badCredentials: () => ({
    probeCase: at({ port: server.port, key: server.keyFile(stranger) }),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () => at({ port: server.port, tls: {} }),
    nameMismatch: () => at({ host: "127.0.0.1", port: server.port }),
    expired: () => at({ port: expired.port }),
  },
  silentAfterTls: async () => {
    const fault = await silentAfterTls(authority.issue({ names: ["localhost"] }));
    return { fault, probeCase: at({ port: fault.port }) };
  },
});
