import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a container may use. */
export interface Limits {
  readonly cpus: number;
  readonly memoryMiB: number;
}

const ROOT = "/sys/fs/cgroup";
const PERIOD_US = 100_000;

/**
 * Puts a process under limits as a kubelet would, until the returned function is called. Throws where this user may
 * not make control groups.
 */
export function limitProcess(pid: number, limits: Limits): () => void {
  const name = `kollect-bench-${process.pid}`;
  const groups = existsSync(join(ROOT, "cgroup.controllers"))
    ? [unified(name, limits)]
    : legacy(name, limits);
  for (const { folder, files } of groups) {
    mkdirSync(folder);
    for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), value);
    writeFileSync(join(folder, "cgroup.procs"), String(pid));
  }
  // A group with a process in it cannot be removed, so the process has to end first.
  return () => groups.forEach(({ folder }) => rmdirSync(folder));
}

interface Group {
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
}

function unified(name: string, { cpus, memoryMiB }: Limits): Group {
  return {
    folder: join(ROOT, name),
    files: { "cpu.max": `${cpus * PERIOD_US} ${PERIOD_US}`, "memory.max": `${memoryMiB}M` },
  };
}

function legacy(name: string, { cpus, memoryMiB }: Limits): Group[] {
  return [
    {
      folder: join(ROOT, "cpu", name),
      files: { "cpu.cfs_period_us": String(PERIOD_US), "cpu.cfs_quota_us": String(cpus * PERIOD_US) },
    },
    { folder: join(ROOT, "memory", name), files: { "memory.limit_in_bytes": `${memoryMiB}M` } },
  ];
}
