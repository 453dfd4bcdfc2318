import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** Files of the S3 client that a process of its own has loaded after it imported all probes, and after one needed it. */
const PROGRAM = `
  const { createRequire } = require("node:module");
  const loaded = () => Object.keys(createRequire(process.cwd() + "/x.js").cache)
    .filter((path) => path.includes("/node_modules/@aws-sdk/client-s3/")).length;
  require("./capabilities/probes/registry.ts");
  const before = loaded();
  require("./capabilities/probes/s3/sdk/send.ts").loadSdk()
    .then(() => console.log(JSON.stringify({ before, isLoadedAfter: loaded() > 0 })));
`;

it("loads the S3 client when a sink first needs it, and not before", async () => {
  const args = ["--import", "tsx", "--eval", PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 60_000 });
  expect(JSON.parse(stdout)).toEqual({ before: 0, isLoadedAfter: true });
});
