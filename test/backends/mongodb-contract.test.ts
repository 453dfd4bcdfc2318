import { afterAll, beforeAll } from "vitest";
import type { Probe } from "../../capabilities/probes/probe";
import { mongodbProbe } from "../../capabilities/probes/mongodb/probe";
import { describeProbe } from "../contract/probe-contract";
import { silentAfterTls } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startFerretdb, type FerretdbServer } from "../../lab/servers/ferretdb";
import { reply } from "../../lab/servers/mongodb-stand-in";
import { mongodbCase, mongodbUri, PASSWORD, trusting, USER } from "../../lab/backends/mongodb";

const WRONG_PASSWORD = "not-the-p@ssword";

let authority: Authority;
let server: FerretdbServer;
let expired: FerretdbServer;

beforeAll(async () => {
  authority = createAuthority();
  [server, expired] = await Promise.all([
    startFerretdb({ tls: authority.issue({ names: ["localhost"] }) }),
    startFerretdb({
      tls: authority.issue({ names: ["localhost"], notAfter: new Date(Date.now() - 60_000) }),
    }),
  ]);
  await server.command("app", { createUser: USER, pwd: PASSWORD, roles: [] });
});
afterAll(() => Promise.all([server?.stop(), expired?.stop()]));

/** With the CA and TLS. */
function secured(host: string, port: number): string {
  return mongodbUri({ hosts: [{ host, port }], query: "authSource=app" });
}

describeProbe("mongodb", {
  probe: mongodbProbe as Probe,
  secrets: [PASSWORD, WRONG_PASSWORD],
  good: () => mongodbCase(secured("localhost", server.tlsPort), { tls: trusting(authority.cert) }),
  relayed: [
    {
      name: "TLS",
      server: () => ({ host: server.host, port: server.tlsPort }),
      at: ({ host, port }) => mongodbCase(secured(host, port), { tls: trusting(authority.cert) }),
    },
    {
      name: "plain text",
      server: () => server,
      at: ({ host, port }) => mongodbCase(secured(host, port)),
    },
  ],
  at: (target) => mongodbCase(mongodbUri({ hosts: [target] })),
  badCredentials: () => ({
    probeCase: mongodbCase(
      mongodbUri({ hosts: [server], password: WRONG_PASSWORD, query: "authSource=app" }),
    ),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () => mongodbCase(`${secured("localhost", server.tlsPort)}&tls=true`),
    nameMismatch: () => mongodbCase(secured("127.0.0.1", server.tlsPort), { tls: trusting(authority.cert) }),
    expired: () => mongodbCase(secured("localhost", expired.tlsPort), { tls: trusting(authority.cert) }),
  },
  // A hello whose document never becomes complete.
  dripBytes: reply({ ismaster: true, text: "x".repeat(24_000) }),
  causes: { "sends one byte at a time": ["TimedOut"] },
  silentAfterTls: async () => {
    const fault = await silentAfterTls(authority.issue({ names: ["localhost"] }));
    return {
      fault,
      probeCase: mongodbCase(secured("localhost", fault.port), { tls: trusting(authority.cert) }),
    };
  },
});
