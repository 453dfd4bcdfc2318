import { fileURLToPath } from "node:url";
import { wantsLongTests } from "../programs/built";
import { ownGoProgram } from "../programs/go-program";

const SOURCES = fileURLToPath(new URL("grafana/go", import.meta.url));

/** Path of a program that checks a Grafana dashboard on standard input by Grafana's own types; built once. */
export function grafanaCheck(): Promise<string> {
  return ownGoProgram({ name: "grafana-check", sources: SOURCES, duration: "a minute" });
}

/** Fills the cache when the long tests are asked for. */
export async function install(): Promise<void> {
  if (wantsLongTests()) await grafanaCheck();
}
