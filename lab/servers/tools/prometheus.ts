import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findGo, runGo } from "../../control-plane/go-toolchain";
import { ensureBuilt, wantsLongTests } from "../programs/built";
import { readFile } from "node:fs/promises";

const SOURCES = fileURLToPath(new URL("prometheus/go", import.meta.url));
const COMMANDS = ["prometheus", "promtool"] as const;

/** Paths of the programs of one release of Prometheus. */
export type PrometheusPrograms = Readonly<Record<(typeof COMMANDS)[number], string>>;

/**
 * Prometheus and promtool, which are built when they are not in the cache: without any service discovery but that of
 * files and static targets, which needs a fifth of the packages.
 */
export async function prometheusPrograms(): Promise<PrometheusPrograms> {
  const files = await Promise.all(["go.mod", "go.sum"].map((name) => readFile(join(SOURCES, name), "utf8")));
  const toolchain = await findGo(process.env, "1.26.7", "Prometheus");
  const folder = await ensureBuilt({
    name: "prometheus",
    identity: [...files, toolchain.version, toolchain.os, toolchain.arch],
    duration: "some minutes",
    build: async (target) => {
      const packages = COMMANDS.map((name) => `github.com/prometheus/prometheus/cmd/${name}`);
      const flags = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-tags", "remove_all_sd"];
      await runGo(["build", ...flags, "-o", `${target}/`, ...packages], { toolchain, cwd: SOURCES });
    },
  });
  return { prometheus: join(folder, "prometheus"), promtool: join(folder, "promtool") };
}

/** Fills the cache when the long tests are asked for. */
export async function install(): Promise<void> {
  if (wantsLongTests()) await prometheusPrograms();
}
