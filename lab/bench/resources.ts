import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What keeps the event loop alive and what the process has open. */
export interface Resources {
  readonly sockets: number;
  readonly timers: number;
  /** Undefined where the system does not say. */
  readonly descriptors: number | undefined;
}

export function resources(): Resources {
  const active = process.getActiveResourcesInfo();
  return {
    sockets: active.filter((name) => /^(TCP|TLS|Pipe)/.test(name)).length,
    timers: active.filter((name) => name === "Timeout").length,
    descriptors: descriptors(),
  };
}

/**
 * Waits until no more sockets and timers are there than before, and returns what is left then. Sockets
 * need a turn of the event loop after they were destroyed; one that was forgotten stays.
 */
export async function settledResources(before: Resources, withinMs = 2000): Promise<Resources> {
  const end = Date.now() + withinMs;
  for (;;) {
    const now = resources();
    const isBack = now.sockets <= before.sockets && now.timers <= before.timers;
    if (isBack || Date.now() > end) return now;
    await sleep(10);
  }
}

function descriptors(): number | undefined {
  if (process.platform !== "linux") return undefined;
  return readdirSync("/proc/self/fd").length;
}
