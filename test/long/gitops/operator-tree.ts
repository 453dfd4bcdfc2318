import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { cacheDirectory } from "../../../lab/control-plane/cache-directory";
import { renderBuild } from "../../../lab/deployment/rendered";
import { buildModule } from "../../../lab/operator/build-module";
import type { Tree } from "../../../lab/servers/flux/artifacts";
import { ROOT } from "../../../lab/stage";

/** How an installation differs from the one that docs/install.md shows. */
export interface Chosen {
  /** `KOLLECT_` settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where the webhooks' certificate comes from; the Job of part `bootstrap` unless said otherwise. */
  readonly certificate?: "cert-manager";
}

interface Documented {
  images?: unknown;
  resources: string[];
  components?: string[];
  configMapGenerator: [{ literals: string[] }];
}

/** What `npm run build` writes into dist/gitops, where docs/install.md says that it goes in a repository. */
export async function operatorTree(): Promise<Tree> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-rendered-"));
  try {
    const build = await buildModule({
      root: ROOT,
      cacheDir: cacheDirectory(process.env),
      env: process.env,
      log: () => undefined,
    });
    const { gitops } = await renderBuild(build, ROOT, folder);
    const entries = await readdir(gitops, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const read = files.map(async ({ parentPath, name }): Promise<[string, string]> => {
      const file = join(parentPath, name);
      const path = file.slice(gitops.length);
      return [`kollect-connection-test/kollect-connection-test${path}`, await readFile(file, "utf8")];
    });
    return Object.fromEntries(await Promise.all(read));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The kustomization of docs/install.md, with other settings and the framework's own image. */
export async function documented({ settings, certificate }: Chosen): Promise<string> {
  const page = await readFile(join(ROOT, "docs/install.md"), "utf8");
  const [, block = ""] = /```yaml\n([^`]+)```/.exec(page) ?? [];
  const kustomization = parse(block) as Documented;
  delete kustomization.images;
  if (certificate) {
    kustomization.resources = kustomization.resources.filter((part) => !part.endsWith("/bootstrap"));
    kustomization.components = [`kollect-connection-test/${certificate}`];
  }
  const [generator] = kustomization.configMapGenerator;
  generator.literals = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return stringify(kustomization);
}
