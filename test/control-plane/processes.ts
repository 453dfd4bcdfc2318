import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isCode } from "../../lab/control-plane/build-lock";

// Small container images have /proc but no ps; other systems have ps but no /proc.
const hasProc = existsSync("/proc/self/stat");

/** Whether the process runs. False also for a zombie, which an init that does not reap leaves of an orphan. */
export function runs(pid: number): boolean {
  const state = hasProc
    ? /\) (\S)/.exec(read(`/proc/${pid}/stat`))?.[1]
    : spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim()[0];
  return state !== undefined && state !== "Z";
}

/** The command lines of all processes. */
export function commandLines(): string[] {
  if (!hasProc) return execFileSync("ps", ["-A", "-o", "args"], { encoding: "utf8" }).split("\n");
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => read(`/proc/${pid}/cmdline`).replaceAll("\0", " "));
}

/** Empty when the process has ended in the meantime. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT") || isCode(error, "ESRCH")) return "";
    throw error;
  }
}
