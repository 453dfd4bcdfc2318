import { build } from "esbuild";
import { chmod } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Loaded by drivers where it is there, and missed by nothing: see docs/bundle.md. */
const OPTIONAL = ["cpu-features", "pg-native", "*.node"];

/** The largest plugin that is built, in bytes. */
export const PLUGIN_LIMIT_BYTES = 3_000_000;

/**
 * Bundles the kubectl plugin into one file that needs only Node.js. What a command imports when it needs it, such as a
 * driver, stays unread until then. Returns its size in bytes; rejects when that is above the limit.
 */
export async function bundlePlugin(outfile: string): Promise<number> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["cli/entry.ts"],
    outfile,
    bundle: true,
    external: OPTIONAL,
    format: "cjs",
    target: "node20",
    platform: "node",
    minify: true,
    // Reports of unexpected errors name classes.
    keepNames: true,
    legalComments: "eof",
    metafile: true,
    banner: { js: "#!/usr/bin/env node" },
    logLevel: "error",
  });
  await chmod(outfile, 0o755);
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  if (bytes > PLUGIN_LIMIT_BYTES)
    throw new Error(`${outfile} has ${bytes} bytes, more than ${PLUGIN_LIMIT_BYTES}`);
  return bytes;
}
