import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { connections } from "./connections";
import { failing } from "./failing";
import { publicClient } from "./public-client";
import { useFerretdb } from "./stage";
import { tls } from "./tls";
import { working } from "./working";

const stage = useFerretdb();

working(stage);
failing(stage);
tls(stage);
connections(stage);

describe("what the bundle leaves out of the driver", () => {
  it("was loaded by none of the probes above", () => {
    const { cache } = createRequire(import.meta.url);
    const loaded = Object.keys(cache).filter((path) => path.includes("/node_modules/"));
    expect(loaded.some((path) => path.includes("/mongodb/lib/cmap/auth/scram.js"))).toBe(true);
    const optional =
      /\/(socks|kerberos|snappy|zstd|gcp-metadata|mongodb-client-encryption|credential-providers)\//;
    expect(loaded.filter((path) => optional.test(path))).toEqual([]);
  });
});

// Last, because it loads what the bundle leaves out.
publicClient(stage);
