import { build } from "esbuild";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Bundle<T> {
  /** What the entry exports, run from the bundle. */
  readonly exports: T;
  /** Every file that went in, relative to the checkout. */
  readonly inputs: readonly string[];
}

/**
 * Bundles source text as the module's build does, with the `paths` of tsconfig.json in effect, and loads the
 * result. For tests that what the bundle leaves out is never missed.
 * @param source an entry whose imports are relative to the checkout
 */
export async function loadBundle<T>(source: string): Promise<Bundle<T>> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-bundle-"));
  try {
    const outfile = join(folder, "bundle.cjs");
    const { metafile } = await build({
      stdin: { contents: source, resolveDir: resolve("."), loader: "ts" },
      outfile,
      bundle: true,
      minify: true,
      metafile: true,
      platform: "node",
      format: "cjs",
      logLevel: "silent",
      external: ["pg-native", "cpu-features", "*.node"],
      tsconfig: resolve("tsconfig.json"),
    });
    return { exports: createRequire(outfile)(outfile) as T, inputs: Object.keys(metafile.inputs) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
