import { afterAll, beforeAll } from "vitest";
import { gcsProbe } from "../../capabilities/probes/gcs/probe";
import type { Probe } from "../../capabilities/probes/probe";
import { describeProbe } from "../contract/probe-contract";
import type { ProbeCase } from "../../lab/backends/run-case";
import { silentAfterTls } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startFakeGcs, type FakeGcs } from "../../lab/servers/fake-gcs";
import { startGcs } from "../../lab/servers/gcs";
import { createAccount, type GoogleStandIn } from "../../lab/servers/google";
import { BUCKET, s3Case, trusting } from "../../lab/backends/s3";

const account = createAccount("kollect");
const stranger = createAccount("stranger");

let authority: Authority;
let storage: FakeGcs;
let server: GoogleStandIn;
let expired: GoogleStandIn;

beforeAll(async () => {
  authority = createAuthority();
  storage = await startFakeGcs();
  await storage.createBucket(BUCKET);
  const grants = new Map([[account, ["storage.objects.create"]]]);
  const notAfter = new Date(Date.now() - 60_000);
  [server, expired] = await Promise.all([
    startGcs({ tls: authority.issue({ names: ["localhost"] }), grants, storage }),
    startGcs({ tls: authority.issue({ names: ["localhost"], notAfter }), grants, storage }),
  ]);
});
afterAll(() => Promise.all([server?.close(), expired?.close(), storage?.stop()]));

function gcsCase(endpoint: string, keyFile: string, tls = trusting(authority.cert)): ProbeCase {
  return s3Case(endpoint, { type: "gcs", secret: { "credentials.json": keyFile }, tls });
}

describeProbe("gcs", {
  probe: gcsProbe as Probe,
  secrets: [account.file.private_key ?? "", stranger.file.private_key ?? "", "canary-server-message"],
  good: () => gcsCase(`https://localhost:${server.port}/${BUCKET}/snapshots`, server.keyFile(account)),
  relayed: [
    {
      name: "the API",
      server: () => server,
      at: ({ host, port }) => gcsCase(`https://${host}:${port}/${BUCKET}/snapshots`, server.keyFile(account)),
    },
    {
      name: "the token endpoint",
      server: () => server,
      at: (target) =>
        gcsCase(
          `https://localhost:${server.port}/${BUCKET}/snapshots`,
          server.keyFile(account, server.alsoAt(target)),
        ),
    },
  ],
  at: ({ host, port }) => {
    const bracketed = host.includes(":") ? `[${host}]` : host;
    return gcsCase(`http://${bracketed}:${port}/${BUCKET}`, server.keyFile(account));
  },
  badCredentials: () => ({
    probeCase: gcsCase(`https://localhost:${server.port}/${BUCKET}`, server.keyFile(stranger)),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () =>
      s3Case(`https://localhost:${server.port}/${BUCKET}`, {
        type: "gcs",
        secret: { "credentials.json": server.keyFile(account) },
      }),
    nameMismatch: () => gcsCase(`https://127.0.0.1:${server.port}/${BUCKET}`, server.keyFile(account)),
    expired: () => gcsCase(`https://localhost:${expired.port}/${BUCKET}`, expired.keyFile(account)),
  },
  dripBytes: Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nx-filler: "), Buffer.alloc(24_000, "x")]),
  causes: { "sends one byte at a time": ["TimedOut"] },
  silentAfterTls: async () => {
    const fault = await silentAfterTls(authority.issue({ names: ["localhost"] }));
    return {
      fault,
      probeCase: gcsCase(`https://localhost:${fault.port}/${BUCKET}`, server.keyFile(account)),
    };
  },
});
