import { join } from "node:path";
import { installedEditions } from "../programs/edition";
import { npmPackage } from "../programs/npm-package";

/** The newest release of each line that is supported; `engines` in package.json names the lines. */
export const NODE_VERSIONS = ["20.19.6", "22.23.5", "24.22.3", "26.12.1"] as const;
export type NodeVersion = (typeof NODE_VERSIONS)[number];

export async function install(): Promise<void> {
  if (!installedEditions().includes("second")) return;
  for (const version of NODE_VERSIONS) await nodeFolder(version);
}

/** Folder with the program `node` of this version, as the npm registry has it for this platform. */
export async function nodeFolder(version: NodeVersion): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  return join(await npmPackage({ name, version, duration: "as long as a download of 50 MB" }), "bin");
}
