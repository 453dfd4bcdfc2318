import { build } from "esbuild";

/**
 * The bootstrap program in one file for the image that the framework's controller runs in, which has the Kubernetes
 * client among its packages. It is not minified, so that people who have to trust it can read it.
 */
export async function bundleBootstrap(root: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["bootstrap/main.ts"],
    outfile: "bootstrap.cjs",
    write: false,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    external: ["@kubernetes/client-node"],
    legalComments: "inline",
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild wrote no bootstrap program");
  return file.text;
}
