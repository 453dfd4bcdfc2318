import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/** The framework's image, with any tag or digest. */
const CONTROLLER =
  /^ghcr\.io\/defenseunicorns\/pepr\/(private\/)?controller(:[^@]+)?(@sha256:[0-9a-f]{64})?$/;

/** Where the image's program starts. */
export const WORKING_DIR = "/app";

/** What starts when a container names no command: the image's entry point is Node.js. */
export const ENTRY_POINT = "node";

/** Whether the stand-in can run an image. */
export function isKnownImage(image: string): boolean {
  return CONTROLLER.test(image);
}

/**
 * Lays out in `folder` what the image has in /app: the framework with the packages that it depends on, and no other
 * of the checkout, so that a module that counts on more fails here as it would in a pod. Returns the folder.
 */
export function unpackImage(checkout: string, folder: string): string {
  const modules = join(checkout, "node_modules");
  const manifest = readFileSync(join(modules, "pepr/package.json"), "utf8");
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  // The client comes with the framework's own client, and the framework's build counts on it.
  for (const name of ["pepr", "@kubernetes/client-node", ...Object.keys(dependencies)]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(modules, name), link);
  }
  return folder;
}
