import { build, type Metafile, type Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../stage";

/** What the module becomes when `pepr build` bundles it. */
export interface ModuleBundle {
  /** Bytes of the minified code. */
  readonly bytes: number;
  /** Bytes of gzip and base64, as the module's Secret holds it and as the framework measures it. */
  readonly secretBytes: number;
  /** Every file with code in it, relative to the checkout. */
  readonly inputs: readonly string[];
  /** What the code asks Node.js for when it runs. */
  readonly imports: readonly string[];
}

/** The largest module that the framework deploys: `secretOverLimit` in its lib/helpers.ts. */
export const FRAMEWORK_LIMIT_BYTES = 1_048_576;

/**
 * Bundles pepr.ts in memory with the options of the framework's cli/build/buildModule.ts.
 * @param without types whose probes are left out, to see what they cost
 */
export async function bundleModule(without: readonly string[] = []): Promise<ModuleBundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["pepr.ts"],
    outfile: "dist/bundle.js",
    write: false,
    bundle: true,
    external: frameworkLibraries(),
    format: "cjs",
    keepNames: true,
    legalComments: "external",
    metafile: true,
    minify: true,
    platform: "node",
    treeShaking: true,
    logLevel: "silent",
    plugins: without.length > 0 ? [leaveOut(without)] : [],
  });
  const code = outputFiles.find(({ path }) => path.endsWith(".js"))?.contents;
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === "pepr.ts");
  if (!code || !output) throw new Error("esbuild made no bundle of pepr.ts");
  return {
    bytes: code.length,
    secretBytes: 4 * Math.ceil(gzipSync(code).length / 3),
    inputs: inputsOf(output),
    imports: [...new Set(output.imports.map(({ path }) => path))],
  };
}

/** The packages that have code in a bundle. */
export function packagesOf(inputs: readonly string[]): string[] {
  const names = inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** What the framework's image brings, so that no module has to. */
function frameworkLibraries(): string[] {
  const manifest = readFileSync(join(ROOT, "node_modules/pepr/package.json"), "utf8");
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  return [...Object.keys(dependencies), "pepr", "@kubernetes/client-node"];
}

function inputsOf({ inputs }: Metafile["outputs"][string]): string[] {
  return Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
}

function leaveOut(types: readonly string[]): Plugin {
  return {
    name: "leave-out",
    setup: ({ onResolve }) => {
      const probes = new RegExp(`^\\./(${types.join("|")})/probe$`);
      onResolve({ filter: probes }, ({ path }) => ({ path, external: true }));
    },
  };
}
