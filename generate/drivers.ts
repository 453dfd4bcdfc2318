import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A package that implements a backend's protocol. Only the probe that names it may import it. */
export interface Driver {
  /** The folder in capabilities/probes. */
  readonly probe: string;
  readonly name: string;
  readonly why: string;
}

const PROBES = "capabilities/probes";

/** The packages in drivers.json of the probes' folders, which .dependency-cruiser.mjs also reads. */
export async function drivers(root: string): Promise<Driver[]> {
  const files = await readdir(join(root, PROBES), { recursive: true });
  const found = files.filter((path) => /^[^/]+\/drivers\.json$/.test(path)).sort();
  const each = found.map(async (path) => {
    const named = JSON.parse(await readFile(join(root, PROBES, path), "utf8")) as Record<string, string>;
    const [probe = ""] = path.split("/");
    return Object.entries(named).map(([name, why]): Driver => ({ probe, name, why }));
  });
  return (await Promise.all(each)).flat();
}
