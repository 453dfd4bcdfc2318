import { afterAll, beforeAll } from "vitest";
import { exportToGcs } from "../../lab/exporter/gcs";
import { startFakeGcs, type FakeGcs } from "../../lab/servers/google/fake-gcs";
import { startGcs } from "../../lab/servers/google/gcs";
import { createAccount } from "../../lab/servers/google/stand-in";
import { GCS_ROWS, type GcsServers } from "./gcs/rows";
import { BUCKET, startServers } from "./s3/server";
import { truthTable } from "./truth-table";

let servers: GcsServers;
let storage: FakeGcs;
beforeAll(async () => {
  const account = createAccount("writer");
  const [s3, gcs] = await Promise.all([startServers(), startFakeGcs()]);
  storage = gcs;
  await storage.createBucket(BUCKET);
  const grants = new Map([[account, ["storage.objects.create", "storage.objects.delete"]]]);
  const google = await startGcs({ tls: s3.authority.issue({ names: ["localhost"] }), grants, storage });
  servers = { ...s3, google, account };
});
afterAll(() => Promise.all([servers?.stop(), servers?.google.close(), storage?.stop()]));

truthTable({
  type: "gcs",
  rows: GCS_ROWS,
  exporter: exportToGcs,
  server: () => servers,
  options: {
    // The names of Google and AWS are nowhere else than here.
    resolveHost: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
  },
});
