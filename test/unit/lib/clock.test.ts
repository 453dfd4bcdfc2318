import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../capabilities/lib/clock";

const DAY = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("systemClock", () => {
  it.each([0, 1, 60_000, 2 ** 31 - 1, 2 ** 31, 100 * DAY])(
    "sleeps exactly %d ms, beyond a timer's limit too",
    async (ms) => {
      const clock = systemClock();
      const started = clock.now();
      let woke: number | undefined;
      const sleeping = clock.sleep(ms).then(() => (woke = clock.now()));
      await vi.advanceTimersByTimeAsync(Math.max(0, ms - 1));
      if (ms > 0) expect(woke).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      await sleeping;
      expect((woke ?? 0) - started).toBeLessThanOrEqual(ms);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it.each([1_000, 60 * DAY])(
    "rejects with the signal's reason and leaves no timer when aborted in %d ms",
    async (ms) => {
      const abort = new AbortController();
      const sleeping = systemClock().sleep(ms, abort.signal);
      const outcome = expect(sleeping).rejects.toThrow("enough");
      await vi.advanceTimersByTimeAsync(ms / 2);
      abort.abort(new Error("enough"));
      await outcome;
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it("sleeps until a time, and notices within a second that the clock was set", async () => {
    const clock = systemClock();
    let woke = 0;
    const wakes = (): void => void (woke += 1);
    void clock.sleepUntil(clock.now() + DAY).then(wakes);
    void clock.sleepUntil(clock.now() + 5_000).then(wakes);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(woke).toBe(0);
    vi.setSystemTime(Date.now() - DAY);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(woke).toBe(0);
    vi.setSystemTime(Date.now() + 3 * DAY);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(woke).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([-1_000, 0, 60_000])("stops sleeping until %d ms from now when aborted before", async (ms) => {
    const sleeping = systemClock().sleepUntil(Date.now() + ms, AbortSignal.abort(new Error("before")));
    await expect(sleeping).rejects.toThrow("before");
  });

  it("rejects at once when the signal has aborted already", async () => {
    await expect(systemClock().sleep(1_000, AbortSignal.abort(new Error("before")))).rejects.toThrow(
      "before",
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes its listener off the signal when it wakes by itself", async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const sleeping = systemClock().sleep(10, signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleeping;
    expect(removed).toHaveBeenCalledTimes(1);
  });
});
