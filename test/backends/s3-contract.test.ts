import { afterAll, beforeAll } from "vitest";
import type { Probe } from "../../capabilities/probes/probe";
import { s3Probe } from "../../capabilities/probes/s3/probe";
import { describeProbe } from "../contract/probe-contract";
import { silentAfterTls } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startS3, type S3Server } from "../../lab/servers/versitygw";
import { BUCKET, s3Case, trusting, USER } from "../../lab/backends/s3";

const WRONG = "not-the-secret/of+anybody";

let authority: Authority;
let server: S3Server;
let expired: S3Server;

beforeAll(async () => {
  authority = createAuthority();
  const notAfter = new Date(Date.now() - 60_000);
  [server, expired] = await Promise.all([
    startS3({ tls: authority.issue({ names: ["localhost"] }) }),
    startS3({ tls: authority.issue({ names: ["localhost"], notAfter }) }),
  ]);
  await server.createUser(USER.accessKeyID, USER.secretAccessKey);
  await server.createBucket(BUCKET, USER.accessKeyID);
});
afterAll(() => Promise.all([server?.stop(), expired?.stop()]));

describeProbe("s3", {
  probe: s3Probe as Probe,
  secrets: [USER.secretAccessKey, WRONG],
  good: () =>
    s3Case(`https://localhost:${server.port}/${BUCKET}/snapshots`, { tls: trusting(authority.cert) }),
  relayed: [
    {
      name: "TLS",
      server: () => server,
      at: ({ host, port }) =>
        s3Case(`https://${host}:${port}/${BUCKET}/snapshots`, { tls: trusting(authority.cert) }),
    },
  ],
  at: ({ host, port }) => s3Case(`http://${host}:${port}/${BUCKET}`),
  badCredentials: () => ({
    probeCase: s3Case(`https://localhost:${server.port}/${BUCKET}`, {
      tls: trusting(authority.cert),
      secret: { ...USER, secretAccessKey: WRONG },
    }),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () => s3Case(`https://localhost:${server.port}/${BUCKET}`),
    nameMismatch: () =>
      s3Case(`https://127.0.0.1:${server.port}/${BUCKET}`, { tls: trusting(authority.cert) }),
    expired: () => s3Case(`https://localhost:${expired.port}/${BUCKET}`, { tls: trusting(authority.cert) }),
  },
  // A status line and a header that never ends.
  dripBytes: Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nx-filler: "), Buffer.alloc(24_000, "x")]),
  causes: { "sends one byte at a time": ["TimedOut"] },
  silentAfterTls: async () => {
    const fault = await silentAfterTls(authority.issue({ names: ["localhost"] }));
    const endpoint = `https://localhost:${fault.port}/${BUCKET}`;
    return { fault, probeCase: s3Case(endpoint, { tls: trusting(authority.cert) }) };
  },
});
