import { once } from "node:events";
import { afterAll, beforeAll } from "vitest";
import type { Probe } from "../../capabilities/probes/probe";
import { postgresProbe } from "../../capabilities/probes/postgres/probe";
import { describeProbe } from "../contract/probe-contract";
import { silentAfterTls } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startPostgres, type PostgresServer } from "../../lab/servers/postgres";
import { dsnUrl, PASSWORD, postgresCase, trusting, USER } from "../../lab/backends/postgres";

const WRONG_PASSWORD = "not-the-p@ssword";

let authority: Authority;
let server: PostgresServer;
let expired: PostgresServer;

beforeAll(async () => {
  authority = createAuthority();
  [server, expired] = await Promise.all([
    startPostgres({ tls: authority.issue({ names: ["localhost"] }) }),
    startPostgres({
      tls: authority.issue({ names: ["localhost"], notAfter: new Date(Date.now() - 60_000) }),
    }),
  ]);
  await server.sql(`CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`);
  await server.sql(`CREATE DATABASE app OWNER ${USER}`);
});
afterAll(() => Promise.all([server?.stop(), expired?.stop()]));

describeProbe("postgres", {
  probe: postgresProbe as Probe,
  secrets: [PASSWORD, WRONG_PASSWORD],
  good: () =>
    postgresCase(dsnUrl({ host: "localhost", port: server.port }), { tls: trusting(authority.cert) }),
  relayed: [
    {
      name: "TLS",
      server: () => server,
      at: (target) => postgresCase(dsnUrl(target), { tls: trusting(authority.cert) }),
    },
    {
      name: "plain text",
      server: () => server,
      at: (target) => postgresCase(dsnUrl({ ...target, query: "sslmode=disable" })),
    },
  ],
  at: (target) => postgresCase(dsnUrl({ ...target, query: "sslmode=prefer" })),
  badCredentials: () => ({
    probeCase: postgresCase(dsnUrl({ host: server.host, port: server.port, password: WRONG_PASSWORD })),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () =>
      postgresCase(dsnUrl({ host: "localhost", port: server.port, query: "sslmode=verify-full" })),
    nameMismatch: () =>
      postgresCase(dsnUrl({ host: server.host, port: server.port }), { tls: trusting(authority.cert) }),
    expired: () =>
      postgresCase(dsnUrl({ host: "localhost", port: expired.port }), { tls: trusting(authority.cert) }),
  },
  // No TLS, then a long parameter status that never becomes complete.
  dripBytes: Buffer.concat([Buffer.from("NS\0\0\x60\0application_name\0"), Buffer.alloc(24_000, "x")]),
  causes: { "sends one byte at a time": ["TimedOut"] },
  silentAfterTls: async () => {
    const fault = await silentAfterTls(authority.issue({ names: ["localhost"] }), async (socket) => {
      await once(socket, "data");
      socket.write("S");
    });
    const dsn = dsnUrl({ host: "localhost", port: fault.port });
    return { fault, probeCase: postgresCase(dsn, { tls: trusting(authority.cert) }) };
  },
});
