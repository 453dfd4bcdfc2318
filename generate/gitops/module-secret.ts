import { createHash } from "node:crypto";
import { gzipAsync } from "@gfx/zopfli";
import type { DeploymentObject } from "./framework";
import { annotated, labelled, LARGE, namespaced, NAMES, type KubeObject } from "./objects";

/** The module in the form that the framework's entry point loads. */
export interface PackedModule {
  /** `module-<SHA-256 of the code>.js.gz`. */
  readonly file: string;
  readonly content: Uint8Array;
}

/**
 * Compresses the module. The compressor is Zopfli in WebAssembly: zlib's output differs between machines and releases
 * of Node.js, and the same commit must give the same bytes everywhere. Its output is also 3 % smaller.
 */
export async function packModule(code: Uint8Array): Promise<PackedModule> {
  const hash = createHash("sha256").update(code).digest("hex");
  return { file: `module-${hash}.js.gz`, content: await gzipAsync(code, { numiterations: 5 }) };
}

/** @throws Error when the Deployment refers to another module, because only one of the two was rebuilt */
export function requireSameModule({ file }: PackedModule, deployment: DeploymentObject): void {
  const [, hash = "none"] = deployment.spec?.template.spec?.containers[0]?.args ?? [];
  if (file !== `module-${hash}.js.gz`)
    throw new Error(`${deployment.metadata.name} asks for module ${hash}, but the build has made ${file}`);
}

/** The Secret with the module. */
export function moduleSecret(module: PackedModule): KubeObject {
  const secret = namespaced("v1", "Secret", NAMES.module);
  const data = { [module.file]: Buffer.from(module.content).toString("base64") };
  return labelled(annotated({ ...secret, type: "Opaque", data }, LARGE));
}
