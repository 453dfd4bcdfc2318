import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bundleModule, packagesOf, type ModuleBundle } from "./module";
import { ROOT } from "../stage";

/** What a part of the module costs. */
export interface PartSize {
  /** The folders of its probes, such as `postgres`. */
  readonly part: string;
  /** Packages that nothing else brings. */
  readonly packages: readonly string[];
  /** Bytes of minified code. */
  readonly bytes: number;
  /** Bytes in the module's Secret, after gzip and base64. */
  readonly secretBytes: number;
}

export interface BundleSizes {
  readonly parts: readonly PartSize[];
  readonly rest: PartSize;
  readonly total: PartSize;
}

const PROBES = join(ROOT, "capabilities/probes");
/** Probes that share their code: gcs signs as s3 does when it has HMAC keys. Leaving out one would free nothing. */
const TOGETHER = ["s3", "gcs"];

/** Bundles the module also without each probe: the difference is what that probe adds. */
export async function measureBundle(whole: ModuleBundle): Promise<BundleSizes> {
  const types = probeFolders();
  const groups = [TOGETHER, ...types.filter((type) => !TOGETHER.includes(type)).map((type) => [type])];
  const parts = await Promise.all(
    groups.map(async (group) => difference(group.join(", "), whole, await bundleModule(group))),
  );
  return {
    parts: parts.sort((a, b) => b.secretBytes - a.secretBytes),
    rest: sizeOf("rest", await bundleModule(types)),
    total: sizeOf("total", whole),
  };
}

function probeFolders(): string[] {
  return readdirSync(PROBES, { recursive: true, encoding: "utf8" }).flatMap(
    (path) => /^(\w+)\/probe\.ts$/.exec(path)?.[1] ?? [],
  );
}

function sizeOf(part: string, { inputs, bytes, secretBytes }: ModuleBundle): PartSize {
  return { part, packages: packagesOf(inputs), bytes, secretBytes };
}

function difference(part: string, whole: ModuleBundle, without: ModuleBundle): PartSize {
  const left = packagesOf(without.inputs);
  return {
    part,
    packages: packagesOf(whole.inputs).filter((name) => !left.includes(name)),
    bytes: whole.bytes - without.bytes,
    secretBytes: whole.secretBytes - without.secretBytes,
  };
}
