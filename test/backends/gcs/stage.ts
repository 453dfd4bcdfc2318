import { afterAll, beforeAll } from "vitest";
import { gcsProbe } from "../../../capabilities/probes/gcs/probe";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, STRANGER, trusting, USER } from "../../../lab/backends/s3";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startFakeGcs, type FakeGcs } from "../../../lab/servers/google/fake-gcs";
import { startGcs } from "../../../lab/servers/google/gcs";
import { createAccount, type GoogleStandIn, type TestAccount } from "../../../lab/servers/google/stand-in";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import { runsOf } from "../expect-report";

export const owner = createAccount("owner");
export const writer = createAccount("writer");
export const reader = createAccount("reader");
export const stranger = createAccount("stranger");

const KEYS = [owner, writer, reader, stranger].map(({ file }) => file.private_key ?? "");
export const SECRETS = [...KEYS, USER.secretAccessKey, STRANGER.secretAccessKey, "canary-server-message"];
export const run = runsOf(gcsProbe, SECRETS);

export interface Stage {
  readonly authority: Authority;
  readonly storage: FakeGcs;
  /** Google's API and token endpoint, before that storage. */
  readonly server: GoogleStandIn;
  /** Another one, which does not know the tokens of the first. */
  readonly other: GoogleStandIn;
  /** An S3 service, for HMAC keys. */
  readonly s3: S3Server;
  /** A sink at this endpoint whose Secret holds a key file. */
  keyCase(endpoint: string, keyFile: string): ProbeCase;
  /** A sink at `server` with a key file of the account, in which some members are changed. */
  at(path: string, account?: TestAccount, changes?: Readonly<Record<string, unknown>>): ProbeCase;
}

/** Servers with a bucket for the tests of a file. */
export function useGcs(): Stage {
  const authority = createAuthority();
  let storage: FakeGcs;
  let server: GoogleStandIn;
  let other: GoogleStandIn;
  let s3: S3Server;
  beforeAll(async () => {
    const tls = authority.issue({ names: ["localhost", "storage.googleapis.com"] });
    [storage, s3] = await Promise.all([startFakeGcs(), startS3({ tls })]);
    await storage.createBucket(BUCKET);
    await s3.createUser(USER.accessKeyID, USER.secretAccessKey);
    await s3.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
    await s3.createBucket(BUCKET, USER.accessKeyID);
    const grants = new Map([
      [owner, ["storage.objects.create", "storage.objects.delete"]],
      [writer, ["storage.objects.create"]],
      [reader, ["storage.objects.get"]],
    ]);
    server = await startGcs({ tls, grants, storage });
    other = await startGcs({ tls, grants, storage });
  });
  afterAll(() => Promise.all([server?.close(), other?.close(), storage?.stop(), s3?.stop()]));
  function keyCase(endpoint: string, keyFile: string): ProbeCase {
    const tls = trusting(authority.cert);
    return s3Case(endpoint, { type: "gcs", secret: { "credentials.json": keyFile }, tls });
  }
  return {
    authority,
    get storage() {
      return storage;
    },
    get server() {
      return server;
    },
    get other() {
      return other;
    },
    get s3() {
      return s3;
    },
    keyCase,
    at: (path, account = writer, changes) =>
      keyCase(`https://localhost:${server.port}/${path}`, server.keyFile(account, changes)),
  };
}
