import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../capabilities/lib/clock";
import { Watchdog, type Check } from "../../../capabilities/health/watchdog";

let abort: AbortController;
const lines: string[] = [];
const log = { debug() {}, info() {}, warn() {}, error: (_: object, line: string) => void lines.push(line) };

beforeEach(() => {
  vi.useFakeTimers();
  abort = new AbortController();
});
afterEach(() => {
  abort.abort();
  vi.useRealTimers();
});

function watchdog(...checks: Check[]): Watchdog {
  lines.length = 0;
  const dog = new Watchdog({ clock: systemClock(), log, checks, toleranceMs: 60_000 });
  dog.run(abort.signal).catch(() => undefined);
  return dog;
}

describe("Watchdog", () => {
  it("finds a fault once a check has failed for as long as is tolerated, says so once, and takes it back", async () => {
    let wrong: string | undefined = "It stands still.";
    const dog = watchdog(() => wrong);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(dog.faults).toEqual([]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(dog.faults).toEqual(["It stands still."]);
    expect(lines).toEqual(["It stands still. The operator is no longer live."]);
    wrong = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(dog.faults).toEqual([]);
  });

  it("forgives a check that is well now and then", async () => {
    let count = 0;
    const dog = watchdog(() => (++count % 10 === 0 ? undefined : "It stumbles."));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(dog.faults).toEqual([]);
  });

  it("takes a check that could not find out for well", async () => {
    const dog = watchdog(
      () => Promise.reject(new Error("no answer from the API server")),
      () => "It stands still.",
    );
    await vi.advanceTimersByTimeAsync(120_000);
    expect(dog.faults).toEqual(["It stands still."]);
  });

  it("tells checks how much time passed, which a clock that jumps does not change", async () => {
    const elapsed: number[] = [];
    watchdog((ms) => void elapsed.push(ms));
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(elapsed).toEqual([5_000, 5_000, 5_000, 5_000]);
  });
});
