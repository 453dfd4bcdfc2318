import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartFiles, CHART } from "../generate/helm/chart";
import { gitopsFiles } from "../generate/gitops/gitops";
import type { RenderedFile } from "../generate/gitops/objects";
import { readSource } from "../generate/gitops/source";
import { writeFolder } from "../generate/gitops/write";
import { krewFiles } from "../generate/krew/manifest";
import { bundlePlugin } from "../lab/bundle/plugin";
import pkg from "../package.json";
import { runMain } from "./run-main";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
const NAME = pkg.pepr.uuid;
const MANIFESTS = join(DIST, `pepr-module-${NAME}.yaml`);

/** Builds the module, from the framework's manifests those for Git and the chart, and the kubectl plugin. */
async function main(): Promise<void> {
  // The framework leaves what an earlier build has made; a build that fails must not look like one that did not.
  await rm(DIST, { recursive: true, force: true });
  await peprBuild();
  const source = await readSource({
    root: ROOT,
    manifests: MANIFESTS,
    bundle: join(DIST, `pepr-${NAME}.js`),
  });
  await writeFolder(join(DIST, "gitops"), gitopsFiles(source));
  await writeFolder(join(DIST, "helm", CHART), chartFiles(source));
  await bundlePlugin(join(DIST, "kubectl-kollect.cjs"));
  await writeFolder(join(DIST, "krew"), await krew());
  console.log(
    "The kubectl plugin is dist/kubectl-kollect.cjs; its archive and manifest for krew are in dist/krew.",
  );
  console.log(`Manifests for Git are in dist/gitops, the chart is in dist/helm/${CHART}.`);
}

async function krew(): Promise<RenderedFile[]> {
  const [plugin, license] = await Promise.all([
    readFile(join(DIST, "kubectl-kollect.cjs")),
    readFile(join(ROOT, "LICENSE")),
  ]);
  return krewFiles({ version: pkg.version, homepage: pkg.homepage, plugin, license });
}

/** The framework asks for a style check too; ours, with types, is `npm run lint`. */
const PARSE_ONLY = `import { parser } from "typescript-eslint";
export default [{ files: ["**/*.ts"], languageOptions: { parser } }];
`;

/**
 * Runs the framework's build where only the module's sources are: it checks types and style of everything beside
 * them, which takes a minute and which `npm run lint` does better.
 */
async function peprBuild(): Promise<void> {
  const stage = await mkdtemp(join(tmpdir(), "kollect-build-"));
  try {
    await stageSources(stage);
    const cli = join(ROOT, "node_modules/pepr/dist/cli.js");
    const args = [cli, "build", "--rbac-mode", "scoped", "--output", DIST];
    const child = spawn(process.execPath, args, { cwd: stage, stdio: "inherit" });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) throw new Error(`pepr build ended with code ${code}`);
    // It may fail with code 0.
    if (!existsSync(MANIFESTS)) throw new Error("pepr build wrote no manifests: see what it printed above");
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function stageSources(stage: string): Promise<void> {
  await cp(join(ROOT, "capabilities"), join(stage, "capabilities"), { recursive: true });
  for (const name of ["pepr.ts", "package.json", "tsconfig.json", ".prettierrc.json"])
    await cp(join(ROOT, name), join(stage, name));
  await symlink(join(ROOT, "node_modules"), join(stage, "node_modules"));
  await writeFile(join(stage, "eslint.config.mjs"), PARSE_ONLY);
}

runMain(main);
