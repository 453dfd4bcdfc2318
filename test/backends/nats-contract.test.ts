import { afterAll, beforeAll } from "vitest";
import { hostPort } from "../../capabilities/probes/messages";
import { natsProbe } from "../../capabilities/probes/nats/probe";
import type { Probe } from "../../capabilities/probes/probe";
import { describeProbe } from "../contract/probe-contract";
import { silentAfterTls } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startNats, type NatsServer } from "../../lab/servers/nats";
import {
  login,
  natsCase,
  PASSWORD,
  startWithStreams,
  STREAM,
  trusting,
  WRONG_PASSWORD,
} from "../../lab/backends/nats";

let authority: Authority;
let server: NatsServer;
let expired: NatsServer;
let plain: NatsServer;

beforeAll(async () => {
  authority = createAuthority();
  const notAfter = new Date(Date.now() - 60_000);
  [server, expired, plain] = await Promise.all([
    startWithStreams(authority.issue({ names: ["localhost"] })),
    startNats({ tls: authority.issue({ names: ["localhost"], notAfter }) }),
    startWithStreams(),
  ]);
});
afterAll(() => Promise.all([server?.stop(), expired?.stop(), plain?.stop()]));

describeProbe("nats", {
  probe: natsProbe as Probe,
  secrets: [PASSWORD, WRONG_PASSWORD],
  serverSpeaksFirst: true,
  good: () =>
    natsCase({
      url: `tls://localhost:${server.port}`,
      tls: trusting(authority.cert),
      stream: STREAM,
      secret: login("kollect"),
    }),
  relayed: [
    {
      name: "TLS",
      server: () => server,
      at: (target) =>
        natsCase({
          url: `tls://${hostPort(target)}`,
          tls: trusting(authority.cert),
          stream: STREAM,
          secret: login("kollect"),
        }),
      // A server before 2.9 is silent when it is asked for rights.
      optional: ["Authorize"],
    },
    {
      name: "plain text",
      server: () => plain,
      at: (target) =>
        natsCase({ url: `nats://${hostPort(target)}`, stream: STREAM, secret: login("kollect") }),
      optional: ["Authorize"],
    },
  ],
  at: (target) => natsCase({ url: `nats://${hostPort(target)}`, secret: login("kollect") }),
  badCredentials: () => ({
    probeCase: natsCase({
      url: `tls://localhost:${server.port}`,
      tls: { insecureSkipVerify: true },
      secret: login("kollect", WRONG_PASSWORD),
    }),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () => natsCase({ url: `tls://localhost:${server.port}`, secret: login("kollect") }),
    nameMismatch: () =>
      natsCase({
        url: `tls://${server.host}:${server.port}`,
        tls: trusting(authority.cert),
        secret: login("kollect"),
      }),
    expired: () =>
      natsCase({
        url: `tls://localhost:${expired.port}`,
        tls: trusting(authority.cert),
        secret: login("kollect"),
      }),
  },
  // A greeting that never becomes complete.
  dripBytes: Buffer.from(`INFO {"server_id":"${"x".repeat(60_000)}`),
  causes: { "sends one byte at a time": ["TimedOut"] },
  silentAfterTls: async () => {
    const identity = authority.issue({ names: ["localhost"] });
    const fault = await silentAfterTls(identity, async (socket) => {
      socket.write('INFO {"version":"2.0.0","tls_required":true,"auth_required":true}\r\n');
    });
    const url = `nats://localhost:${fault.port}`;
    return { fault, probeCase: natsCase({ url, tls: trusting(authority.cert), secret: login("kollect") }) };
  },
});
