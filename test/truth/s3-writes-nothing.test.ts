import type { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { startS3, type S3Server } from "../../lab/servers/versitygw";
import { verdictOf } from "../../lab/truth/verdict";
import { allow, LIST, ownerKeys, sinkAt, urlOf, type Keys } from "./s3/cases";
import { BUCKET, grant, objectsIn, ownerOf, USER, type Statement } from "./s3/server";

let server: S3Server;
let owner: S3Client;
beforeAll(async () => {
  server = await startS3({ keepAlive: true });
  await server.createUser(USER.accessKeyID, USER.secretAccessKey);
  await server.createBucket(BUCKET, server.root.accessKeyID);
  owner = ownerOf(server);
});
afterAll(async () => {
  owner?.destroy();
  await server?.stop();
});

interface Asked {
  readonly what: string;
  readonly policy?: readonly Statement[];
  readonly path?: string;
  readonly keys?: (server: S3Server) => Keys;
  readonly authorize: string;
}

describe("the question for the right to write", () => {
  it.each<Asked>([
    { what: "the bucket's owner", keys: ownerKeys, authorize: "Passed" },
    { what: "the bucket's owner, without a prefix", keys: ownerKeys, path: BUCKET, authorize: "Passed" },
    {
      what: "a user with every right",
      policy: [{ ...LIST, Action: "s3:*" }, allow("s3:*")],
      authorize: "Passed",
    },
    { what: "a user with PutObject", policy: [allow("s3:PutObject")], authorize: "Passed" },
    { what: "a user without rights", authorize: "Failed" },
  ])("stores nothing when it is asked as $what", async ({ policy = [], path, keys, authorize }) => {
    await grant(server, policy);
    const sink = sinkAt(urlOf(server, path), keys ? { keys: keys(server) } : {});
    const { phases } = await verdictOf(sink, { exporter: DEFAULT_EXPORTER });
    expect(phases.find(({ name }) => name === "Authorize")?.result).toBe(authorize);
    expect(await objectsIn(owner)).toEqual([]);
  });
});
