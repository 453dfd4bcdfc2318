import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlanOptions } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { FailureError } from "../../capabilities/domain/failure";
import { bigqueryCase } from "../../lab/backends/bigquery";
import { runCase, type ProbeCase } from "../../lab/backends/run-case";
import { s3Case, trusting } from "../../lab/backends/s3";
import { createAuthority } from "../../lab/pki";
import { startWeb, type WebServer } from "../../lab/servers/web";
import { AT_LOOPBACK } from "./pod-identity";

type Tls = ProbeCase["sink"]["spec"]["tls"];
interface Ambient {
  readonly type: "s3" | "gcs" | "bigquery";
  readonly host: string;
  /** A sink without a Secret at this address. */
  readonly at: (origin: string, tls?: Tls) => ProbeCase;
  /** Proof of the identity, as it is in a request's headers. */
  readonly shown: RegExp;
}

const TYPES: readonly Ambient[] = [
  {
    type: "s3",
    host: "s3.us-east-1.amazonaws.com",
    at: (origin, tls = {}) => s3Case(`${origin}/inventory`, { secret: null, tls }),
    shown: /Credential=AKIAPODIDENTITY/,
  },
  {
    type: "gcs",
    host: "storage.googleapis.com",
    at: (origin, tls = {}) => s3Case(`${origin}/inventory`, { type: "gcs", secret: null, tls }),
    shown: /Bearer canary-pod-token/,
  },
  {
    type: "bigquery",
    host: "bigquery.googleapis.com",
    at: (origin, tls = {}) => bigqueryCase({ endpoint: origin, tls }),
    shown: /Bearer canary-pod-token/,
  },
];

const authority = createAuthority();
const other = createAuthority();
const KEY = { accessKeyId: "AKIAPODIDENTITY", secretAccessKey: "canary-pod-secret" };

let secure: WebServer;
let plain: WebServer;
let metadata: WebServer;
let folder: string;
beforeAll(async () => {
  const tls = authority.issue({ names: [...TYPES.map(({ host }) => host), "evil.example"] });
  const answer = { status: 403, body: "{}" };
  secure = await startWeb(() => answer, tls);
  plain = await startWeb(() => answer);
  metadata = await startWeb(() => ({ status: 200, body: '{"access_token":"canary-pod-token"}' }));
  folder = await mkdtemp(join(tmpdir(), "kollect-pod-ca-"));
  await writeFile(join(folder, "ca.pem"), authority.cert);
});
afterAll(async () => {
  await Promise.all([secure, plain, metadata].map((server) => server?.close()));
  await rm(folder, { recursive: true, force: true });
});

function podIdentity(): PlanOptions {
  const cloud = { awsKey: KEY, googleMetadataHost: `${metadata.host}:${metadata.port}` };
  return { ambientCredentials: true, cloud };
}

interface Said {
  readonly cause: string;
  readonly message: string;
}

async function run({ type }: Ambient, probeCase: ProbeCase): Promise<Said> {
  try {
    const { failure } = await runCase(PROBES[type], probeCase, { ...AT_LOOPBACK, plan: podIdentity() });
    return { cause: failure?.cause ?? "", message: failure?.message ?? "" };
  } catch (error) {
    // The plan refuses it, so nothing was dialled.
    if (error instanceof FailureError)
      return { cause: error.failure.cause ?? "", message: error.failure.message };
    throw error;
  }
}

const asked = (): number => [secure, plain, metadata].reduce((sum, { requests }) => sum + requests.length, 0);

const REFUSED = /^(NoCredentials|InvalidConfiguration)$/;
const SINKS: readonly (readonly [what: string, sink: (of: Ambient) => ProbeCase, cause: RegExp])[] = [
  [
    "an authority in spec.tls.caBundle",
    ({ at, host }) => at(`https://${host}:${secure.port}`, trusting(authority.cert)),
    /^TLSUntrusted$/,
  ],
  [
    "an authority in spec.tls.caSecretRef",
    ({ at, host }) => {
      const { sink, secrets } = at(`https://${host}:${secure.port}`, { caSecretRef: { name: "ca" } });
      return { sink, secrets: { ...secrets, "spec.tls.caSecretRef": { "ca.crt": authority.cert } } };
    },
    /^TLSUntrusted$/,
  ],
  [
    "insecureSkipVerify",
    ({ at, host }) => at(`https://${host}:${secure.port}`, { insecureSkipVerify: true }),
    /^TLSUntrusted$/,
  ],
  ["http://", ({ at, host }) => at(`http://${host}:${plain.port}`), REFUSED],
  [
    "a host of its author's",
    ({ at }) => at(`https://evil.example:${secure.port}`, { insecureSkipVerify: true }),
    REFUSED,
  ],
  [
    "a host that begins as the provider's",
    ({ at, host }) => at(`https://${host}.evil.example:${secure.port}`, { insecureSkipVerify: true }),
    REFUSED,
  ],
  [
    "a host that ends as the provider's",
    ({ at, host }) => at(`https://evil${host}:${secure.port}`, { insecureSkipVerify: true }),
    REFUSED,
  ],
  [
    "the provider's host as a user name",
    ({ at, host }) => at(`https://${host}@evil.example:${secure.port}`, { insecureSkipVerify: true }),
    REFUSED,
  ],
];

describe("the pod's own identity", () => {
  const table = TYPES.flatMap((of) =>
    SINKS.map(([what, sink, cause]) => ({ type: of.type, what, of, sink, cause })),
  );

  it.each(table)("is not shown by a $type sink with $what", async ({ of, sink, cause }) => {
    const before = asked();
    const failure = await run(of, sink(of));
    expect(failure.cause).toMatch(cause);
    expect(failure.message).toMatch(/spec\.\w+/);
    expect(failure.message).not.toMatch(/spec\.tls\.caBundle/);
    expect(asked()).toBe(before);
  });

  it.each(TYPES)("is shown by a $type sink to the provider alone, whatever spec.tls says", async (of) => {
    const before = secure.requests.length;
    const probeCase = of.at(`https://${of.host}:${secure.port}`, trusting(other.cert));
    const args = [
      ...["--import", "tsx", new URL("./pod-identity-probe.ts", import.meta.url).pathname],
      JSON.stringify({ probeCase, plan: podIdentity() }),
    ];
    const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const shown = secure.requests.slice(before).map(({ headers }) => headers.authorization);
    expect(shown.length).toBeGreaterThan(0);
    for (const value of shown) expect(value).toMatch(of.shown);
    expect(stdout).not.toContain("canary");
  });

  it.each(["s3", "s3.evil.example", "us-east-1.evil", "evil", "US-EAST-1", "us_east_1"])(
    "goes to no host that a sink makes by the region %s",
    (region) => {
      const awsRole = { arn: "arn:aws:iam::1:role/kollect", tokenFile: "/nowhere" };
      const named = { awsS3Endpoint: `http://${plain.host}:${plain.port}` };
      const endpoints = ["s3://sts", "https://s3.amazonaws.com/sts", `${named.awsS3Endpoint}/sts`];
      for (const endpoint of endpoints) {
        const { sink } = s3Case(endpoint, { secret: null, region });
        const plan = { ambientCredentials: true, cloud: { awsRole, ...named } };
        expect(() => PROBES.s3.plan(sink, new Map(), plan), endpoint).toThrow(/^spec\.options\.region is "/);
      }
    },
  );
});
