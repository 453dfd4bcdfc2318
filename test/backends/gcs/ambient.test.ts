import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { gcsProbe } from "../../../capabilities/probes/gcs/probe";
import { runCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, trusting } from "../../../lab/backends/s3";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startFakeGcs, type FakeGcs } from "../../../lab/servers/google/fake-gcs";
import { startGcs } from "../../../lab/servers/google/gcs";
import { createAccount, type GoogleStandIn } from "../../../lab/servers/google/stand-in";
import { startWeb, type WebAnswer } from "../../../lab/servers/web";

const PROBE = new URL("../pod-identity-probe.ts", import.meta.url);
const writer = createAccount("writer");

let authority: Authority;
let storage: FakeGcs;
let server: GoogleStandIn;
let folder: string;

beforeAll(async () => {
  authority = createAuthority();
  folder = await mkdtemp(join(tmpdir(), "kollect-gcs-ca-"));
  await writeFile(join(folder, "ca.pem"), authority.cert);
  storage = await startFakeGcs();
  await storage.createBucket(BUCKET);
  const grants = new Map([[writer, ["storage.objects.create"]]]);
  server = await startGcs({ tls: authority.issue({ names: ["storage.googleapis.com"] }), grants, storage });
});
afterAll(async () => {
  await Promise.all([server?.close(), storage?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

interface Probed {
  readonly report: ProbeReport;
  readonly token: string;
  readonly asked: readonly string[];
}

async function withMetadata(
  probe: (endpoint: string, metadataHost: string) => Promise<ProbeReport>,
  answer?: WebAnswer,
): Promise<Probed> {
  const token = server.issueToken(writer);
  const body = JSON.stringify({ access_token: token, expires_in: 3600, token_type: "Bearer" });
  const metadata = await startWeb(({ headers }) =>
    headers["metadata-flavor"] === "Google" ? (answer ?? { status: 200, body }) : { status: 403 },
  );
  try {
    const endpoint = `https://storage.googleapis.com:${server.port}/${BUCKET}`;
    const report = await probe(endpoint, `${metadata.host}:${metadata.port}`);
    return { report, token, asked: metadata.requests.map(({ path }) => path) };
  } finally {
    await metadata.close();
  }
}

/** In this process, which trusts the public authorities alone. */
function here(endpoint: string, googleMetadataHost: string): Promise<ProbeReport> {
  const sink = s3Case(endpoint, { type: "gcs", secret: null, tls: trusting(authority.cert) });
  return runCase(gcsProbe, sink, {
    plan: { ambientCredentials: true, cloud: { googleMetadataHost } },
    resolveHost: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
  });
}

/** In one that trusts the tests' authority as it trusts the public ones. */
async function inOwnProcess(endpoint: string, googleMetadataHost: string): Promise<ProbeReport> {
  const probeCase = s3Case(endpoint, { type: "gcs", secret: null });
  const plan = { ambientCredentials: true, cloud: { googleMetadataHost } };
  const args = ["--import", "tsx", PROBE.pathname, JSON.stringify({ probeCase, plan })];
  const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout) as ProbeReport;
}

describe("gcs with the pod's own identity", () => {
  it("takes its token from the metadata server and shows it to Google alone", async () => {
    const { report, token, asked } = await withMetadata(inOwnProcess);
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBeUndefined();
    expect(report.limited).toContainEqual({ id: "CredentialsJSONIgnored" });
    expect(JSON.stringify(report)).not.toContain(token);
    expect(asked).toEqual([
      "/computeMetadata/v1/instance/service-accounts/default/token" +
        "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_write",
    ]);
  });

  it.each([
    ["answers with a fault", { status: 404, body: "canary-server-message" }, "NoCredentials"],
    ["has no token", { status: 200, body: "{}" }, "ProtocolError"],
  ])("reports it when the metadata server %s", async (_what, answer, cause) => {
    const { report } = await withMetadata(inOwnProcess, answer);
    expect(report.failure?.cause).toBe(cause);
    expect(JSON.stringify(report)).not.toContain("canary");
  });

  it("shows it to no server whose authority only the sink names", async () => {
    const before = server.requests.length;
    const { report } = await withMetadata(here);
    expect(report.failure?.cause).toBe("TLSUntrusted");
    expect(server.requests.slice(before)).toEqual([]);
  });
});
