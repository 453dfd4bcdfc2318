import { build } from "esbuild";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

/** What logging in and BSON need; anything else came in by accident. */
const PARTS = ["@mongodb-js/saslprep/", "bson/", "memory-pager/", "mongodb/lib/", "sparse-bitfield/"];
/** Of the driver: what would dial, keep timers or load optional packages. */
const LEFT_OUT =
  /mongodb\/lib\/(mongo_client|deps|sessions|encrypter|index|sdam\/(topology|monitor|server)|cmap\/(connect|connection|connection_pool)|client-side-encryption\/.*|cmap\/auth\/(gssapi|mongodb_aws|mongodb_oidc))\.js$/;

describe("the MongoDB probe in a bundle", () => {
  it("brings of the driver only BSON and authentication", async () => {
    const { metafile } = await build({
      entryPoints: [resolve("capabilities/probes/mongodb/probe.ts")],
      bundle: true,
      platform: "node",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const packages = Object.keys(metafile.inputs)
      .filter((path) => path.includes("node_modules/"))
      .map((path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
    expect(packages).toContain("mongodb/lib/cmap/auth/scram.js");
    expect(packages.filter((path) => !PARTS.some((part) => path.startsWith(part)))).toEqual([]);
    expect(packages.filter((path) => LEFT_OUT.test(path))).toEqual([]);
  });
});
