import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";

/** The most that was seen of one process. */
export interface ProcessPeaks {
  /** Sockets to the API server; NaN where there is no /proc. */
  readonly sockets: number;
  /** The kernel's own high-water mark, MiB; NaN where there is no /proc. */
  readonly residentMiB: number;
  /** Processor time between the two moments; NaN where there is no /proc. */
  readonly cpuSeconds: number;
  /** Open descriptors of any kind. */
  readonly descriptors: number;
}

const EVERY_MS = 50;

/** Samples a process until the returned function is called, which gives its peaks. */
export function sampleProcess(pid: number, apiServerUrl: string): () => ProcessPeaks {
  const port = Number(new URL(apiServerUrl).port);
  const peaks = { sockets: Number.NaN, descriptors: Number.NaN };
  let mostOfAnyKind = 0;
  const look = (): void => {
    if (!existsSync(`/proc/${pid}/fd`)) return;
    const links = descriptorsOf(pid);
    peaks.descriptors = larger(peaks.descriptors, links.length);
    // The list of all sockets of the machine is slow to read: only when there may be more than ever.
    const ofAnyKind = links.filter((link) => link.startsWith("socket:")).length;
    if (ofAnyKind <= mostOfAnyKind) return;
    mostOfAnyKind = ofAnyKind;
    const inodes = inodesTo(port);
    peaks.sockets = larger(peaks.sockets, links.filter((link) => inodes.has(link)).length);
  };
  const cpuBefore = cpuSeconds(pid);
  const timer = setInterval(look, EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    look();
    return { ...peaks, residentMiB: statusMiB(pid, "VmHWM"), cpuSeconds: cpuSeconds(pid) - cpuBefore };
  };
}

/** Resident memory now, in MiB. NaN where there is no /proc or the process has ended. */
export function residentMiB(pid: number): number {
  return statusMiB(pid, "VmRSS");
}

/** Ticks of user and system time, of which the kernel shows 100 a second. See proc(5). */
function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  const [user, system] = readFileSync(file, "utf8").split(") ")[1]?.split(" ").slice(11, 13) ?? [];
  return (Number(user) + Number(system)) / 100;
}

function statusMiB(pid: number, field: "VmHWM" | "VmRSS"): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return Number.NaN;
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(file, "utf8"))?.[1]) / 1024;
}

function larger(one: number, other: number): number {
  return Number.isNaN(one) ? other : Math.max(one, other);
}

function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      return []; // closed between the listing and the reading
    }
  });
}

/** What /proc calls the sockets of this machine whose other end has that port. */
function inodesTo(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = ["/proc/net/tcp", "/proc/net/tcp6"]
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, "utf8").trim().split("\n").slice(1));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const matching = fields.filter(([, , remote = ""]) => remote.endsWith(`:${wanted}`));
  return new Set(matching.map((columns) => `socket:[${columns[9]}]`));
}
