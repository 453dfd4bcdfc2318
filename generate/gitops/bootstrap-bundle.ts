import { build } from "esbuild";

/**
 * The bootstrap program in one file for the image of the framework's controller, which contains the Kubernetes
 * client. It is not minified, so that users can review it.
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
