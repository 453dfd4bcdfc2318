import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../capabilities/lib/clock";
import { startDeadline, type Deadline } from "../../../capabilities/lib/deadline";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SECOND = 1000;

function started(cancelled = new AbortController().signal): { deadline: Deadline; over: () => boolean } {
  let isOver = false;
  const timing = { clock: systemClock(), ms: 10 * SECOND, cancelled };
  const deadline = startDeadline(timing, () => (isOver = true));
  return { deadline, over: () => isOver };
}

describe("a deadline", () => {
  it("is over after its time", async () => {
    const { over } = started();
    await vi.advanceTimersByTimeAsync(10 * SECOND - 1);
    expect(over()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over()).toBe(true);
  });

  it("is put off by as long as its clock was stopped", async () => {
    const { deadline, over } = started();
    await vi.advanceTimersByTimeAsync(2 * SECOND);
    const resume = deadline.pause();
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    resume();
    resume();
    expect(deadline.waitedMs()).toBe(20 * SECOND);
    await vi.advanceTimersByTimeAsync(8 * SECOND - 200);
    expect(over()).toBe(false);
    await vi.advanceTimersByTimeAsync(400);
    expect(over()).toBe(true);
  });

  it("goes on with the last of several that stopped its clock", async () => {
    const { deadline, over } = started();
    const [one, other] = [deadline.pause(), deadline.pause()];
    await vi.advanceTimersByTimeAsync(5 * SECOND);
    one();
    await vi.advanceTimersByTimeAsync(15 * SECOND);
    expect(over()).toBe(false);
    other();
    await vi.advanceTimersByTimeAsync(10 * SECOND + 200);
    expect(over()).toBe(true);
  });

  it("is put off by a minute at most", async () => {
    const { deadline, over } = started();
    deadline.pause();
    await vi.advanceTimersByTimeAsync(69 * SECOND);
    expect(over()).toBe(false);
    await vi.advanceTimersByTimeAsync(1.5 * SECOND);
    expect(over()).toBe(true);
  });

  it("leaves no timer when it is cancelled", async () => {
    const cancel = new AbortController();
    const { over } = started(cancel.signal);
    cancel.abort();
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(over()).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
