import { afterAll, beforeAll } from "vitest";
import { exportToS3 } from "../../lab/exporter/s3";
import { RIGHTS } from "./s3/rights";
import { startServers, type S3Servers } from "./s3/server";
import { SETTINGS } from "./s3/settings";
import { truthTable } from "./truth-table";

let servers: S3Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers?.stop());

truthTable({ type: "s3", rows: [...RIGHTS, ...SETTINGS], exporter: exportToS3, server: () => servers });
