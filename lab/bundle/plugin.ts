import { build, type Metafile, type OutputFile } from "esbuild";
import { chmod, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { validatorsAtBuild } from "./compiled-validators";
import { pack } from "./pack";

const ROOT = join(import.meta.dirname, "../..");
const ENTRY = "entry.js";

/** Loaded by drivers where it is there, and missed by nothing: see docs/bundle.md. */
const OPTIONAL = ["cpu-features", "pg-native", "*.node"];

/** The largest plugin that is built, in bytes. */
export const PLUGIN_LIMIT_BYTES = 3_000_000;

/**
 * Bundles the kubectl plugin into one file that needs only Node.js. What a command imports when it needs it, such as a
 * driver, is neither read nor compiled until then. Returns its size in bytes; rejects when that is above the limit.
 */
export async function bundlePlugin(outfile: string): Promise<number> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["cli/entry.ts"],
    outdir: "packed",
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    external: OPTIONAL,
    plugins: [validatorsAtBuild],
    format: "esm",
    target: "node20",
    platform: "node",
    minify: true,
    // Reports of unexpected errors name classes.
    keepNames: true,
    legalComments: "external",
    metafile: true,
    logLevel: "error",
  });
  const text = await pack({
    chunks: outputFiles.filter(({ path }) => path.endsWith(".js")),
    entry: ENTRY,
    eager: eagerChunks(metafile),
    banner: "#!/usr/bin/env node",
    footer: legalComments(outputFiles),
  });
  const bytes = Buffer.byteLength(text);
  if (bytes > PLUGIN_LIMIT_BYTES)
    throw new Error(`${outfile} has ${bytes} bytes, more than ${PLUGIN_LIMIT_BYTES}`);
  await writeFile(outfile, text);
  await chmod(outfile, 0o755);
  return bytes;
}

/** Names of the entry and of all that it imports at once, not by `import()`. */
function eagerChunks({ outputs }: Metafile): ReadonlySet<string> {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const eager = new Set([ENTRY]);
  for (const name of eager) {
    const imports = byName.get(name)?.imports ?? [];
    for (const { path, kind } of imports) if (kind !== "dynamic-import") eager.add(basename(path));
  }
  return eager;
}

/** The licences of what is in the file, each once. */
function legalComments(files: readonly OutputFile[]): string {
  const texts = files.filter(({ path }) => path.endsWith(".LEGAL.txt")).map(({ text }) => text.trim());
  return [...new Set(texts)]
    .sort()
    .map((text) => `/*!\n${text.replaceAll("*/", "* /")}\n*/`)
    .join("\n");
}
