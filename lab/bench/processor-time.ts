import { existsSync, readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";

/** The kernel counts processor time in ticks, of which there are 100 a second. See proc(5). */
const TICKS_A_SECOND = 100;

/**
 * Measures how much of this machine's processor time other programs take, until the returned function is called. That
 * gives a fraction of all cores, from 0 to 1; NaN where there is no /proc. What this process and its descendants take
 * does not count.
 */
export function measureOthers(): () => number {
  if (!existsSync("/proc/stat")) return () => Number.NaN;
  const start = { at: performance.now(), busy: busyTicks(), own: ticksOf(process.pid) };
  return () => {
    const seconds = (performance.now() - start.at) / 1000;
    const others = busyTicks() - start.busy - (ticksOf(process.pid) - start.own);
    return Math.max(0, others / (seconds * TICKS_A_SECOND * availableParallelism()));
  };
}

/** Seconds of processor time that a process and its descendants have taken. 0 where there is no /proc. */
export function processorSeconds(pid: number): number {
  return existsSync("/proc/stat") ? ticksOf(pid) / TICKS_A_SECOND : 0;
}

/** Ticks in which a core did something, stolen ones included: another guest of the host had them. */
function busyTicks(): number {
  const [total = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = total
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

interface Process {
  readonly parent: number;
  /** Its own ticks, and those of its children that have ended. */
  readonly ticks: number;
}

function ticksOf(root: number): number {
  const processes = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    const process = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (process) processes.set(Number(name), process);
  }
  const isDescendant = (pid: number): boolean => {
    for (let at = pid; at > 1; at = processes.get(at)?.parent ?? 0) if (at === root) return true;
    return false;
  };
  return [...processes].reduce((sum, [pid, { ticks }]) => sum + (isDescendant(pid) ? ticks : 0), 0);
}

/** Undefined for a process that has ended meanwhile. */
function readProcess(pid: number): Process | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return undefined; // ended between the listing and the reading
  }
}
