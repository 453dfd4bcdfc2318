import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findGo, runGo } from "../../control-plane/go-toolchain";
import { ensureBuilt, wantsLongTests } from "../programs/built";

const SOURCES = fileURLToPath(new URL("krew/go", import.meta.url));
const NAME = "validate-krew-manifest";

/** Path of krew's own validator of manifests, built once. */
export async function krewValidator(): Promise<string> {
  const files = await Promise.all(["go.mod", "go.sum"].map((name) => readFile(join(SOURCES, name), "utf8")));
  const toolchain = await findGo(process.env, "1.24.0", NAME);
  const folder = await ensureBuilt({
    name: NAME,
    identity: [...files, toolchain.version, toolchain.os, toolchain.arch],
    duration: "about a minute",
    build: async (target) => {
      const flags = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", `${target}/`];
      await runGo(["build", ...flags, `sigs.k8s.io/krew/cmd/${NAME}`], { toolchain, cwd: SOURCES });
    },
  });
  return join(folder, NAME);
}

/** Fills the cache when the long tests are asked for. */
export async function install(): Promise<void> {
  if (wantsLongTests()) await krewValidator();
}
