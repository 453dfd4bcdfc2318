import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const INTERVAL_MS = 200;

/** Copies what is and will be in a log to standard output, each line after `prefix`, until the signal. */
export async function followLog(file: string, prefix: string, signal: AbortSignal): Promise<void> {
  const handle = await open(file, "r");
  try {
    let rest = "";
    let last = false;
    while (!last) {
      last = signal.aborted;
      const lines = (rest + (await readNew(handle))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) process.stdout.write(`${prefix} ${line}\n`);
      if (!last) await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined); // the signal ends the wait
    }
  } finally {
    await handle.close();
  }
}

/** Everything from the handle's position to the end. */
async function readNew(handle: Awaited<ReturnType<typeof open>>): Promise<string> {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(Buffer.from(buffer.subarray(0, bytesRead)));
  }
}
