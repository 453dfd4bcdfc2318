import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../lab/control-plane/build-lock";

let folder: string;
let file: string;
const told: string[] = [];
const options = { log: (line: string): number => told.push(line) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kollect-lock-"));
  file = join(folder, "deeper", "lock");
  told.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a lock", () => {
  it("lets one at a time work, and says once whom the others wait for", async () => {
    const order: string[] = [];
    const work = async (name: string): Promise<string> =>
      withLock(file, options, async () => {
        order.push(`${name} starts`);
        await sleep(50);
        order.push(`${name} ends`);
        return name;
      });
    expect(await Promise.all([work("a"), work("b"), work("c")])).toEqual(["a", "b", "c"]);
    const [first, second, third] = [order[0]?.[0], order[2]?.[0], order[4]?.[0]];
    expect(order).toEqual([first, second, third].flatMap((name) => [`${name} starts`, `${name} ends`]));
    expect(told.filter((line) => line.includes(`Process ${process.pid} is building`))).toHaveLength(2);
    expect(existsSync(file)).toBe(false);
  });

  it("is given back when the work fails", async () => {
    await expect(withLock(file, options, async () => Promise.reject(new Error("no space")))).rejects.toThrow(
      "no space",
    );
    expect(existsSync(file)).toBe(false);
  });

  it("is taken over from a process that is gone", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await withLock(file, options, async () => Promise.resolve());
    writeFileSync(file, String(pid));
    expect(await withLock(file, options, async () => readFileSync(file, "utf8"))).toBe(String(process.pid));
  });

  it("is taken over from a holder that has been silent, whose process id may be another's by now", async () => {
    await withLock(file, options, async () => Promise.resolve());
    writeFileSync(file, String(process.ppid));
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file, longAgo, longAgo);
    expect(await withLock(file, options, async () => readFileSync(file, "utf8"))).toBe(String(process.pid));
  });

  it("is not waited for any longer once the wait is cancelled", async () => {
    await withLock(file, options, async () => {
      const waiting = withLock(file, { ...options, signal: AbortSignal.timeout(20) }, async () => "too late");
      await expect(waiting).rejects.toThrow(/abort/i);
    });
  });
});
