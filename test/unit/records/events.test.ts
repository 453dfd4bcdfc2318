import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventDraft } from "../../../capabilities/domain/ports";
import { EventRecorder, type EventRecorderDependencies } from "../../../capabilities/records/events";
import { systemClock } from "../../../capabilities/lib/clock";
import { memoryLog } from "../kube/http/peer";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function draft(uid: string, count?: number): EventDraft {
  return {
    type: "Normal",
    action: "Probe",
    reason: "ConnectionOK",
    note: "It works.",
    regarding: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectConnectionTest",
      namespace: "shop",
      name: uid,
      uid,
    },
    ...(count === undefined ? {} : { count }),
  };
}

interface Setup {
  readonly recorder: EventRecorder;
  readonly log: ReturnType<typeof memoryLog>;
  /** What was written: uid, count, and after how many milliseconds. */
  readonly written: [uid: string, count: number | undefined, ms: number][];
}

type Create = EventRecorderDependencies["cluster"]["createEvent"];

function setUp(
  options: Partial<EventRecorderDependencies> = {},
  create: Create = () => Promise.resolve(),
): Setup {
  const started = Date.now();
  const written: Setup["written"] = [];
  const log = memoryLog();
  const createEvent: Create = async (event, signal) => {
    await create(event, signal);
    written.push([event.regarding.uid, event.count, Date.now() - started]);
  };
  const recorder = new EventRecorder({
    cluster: { createEvent },
    clock: systemClock(),
    log,
    ratePerSecond: 10,
    queueSize: 100,
    burst: 2,
    lullMs: 0,
    ...options,
  });
  return { recorder, log, written };
}

describe("EventRecorder", () => {
  it("writes a burst at once, then at its rate", async () => {
    const { recorder, written } = setUp();
    for (const uid of ["a", "b", "c", "d"]) recorder.record(draft(uid));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written).toEqual([
      ["a", 1, 0],
      ["b", 1, 0],
      ["c", 1, 100],
      ["d", 1, 200],
    ]);
  });

  it("has a burst again after a quiet time, and not a larger one", async () => {
    const { recorder, written } = setUp();
    for (const uid of ["a", "b"]) recorder.record(draft(uid));
    await vi.advanceTimersByTimeAsync(60_000);
    for (const uid of ["c", "d", "e"]) recorder.record(draft(uid));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written.slice(2).map(([uid, , ms]) => [uid, ms])).toEqual([
      ["c", 60_000],
      ["d", 60_000],
      ["e", 60_100],
    ]);
  });

  it("keeps its rate on average, over many", async () => {
    const { recorder, written } = setUp();
    for (let index = 0; index < 52; index += 1) recorder.record(draft(`u${index}`));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(written).toHaveLength(52);
    expect(written.at(-1)?.[2]).toBe(5_000);
  });

  it("writes repetitions that wait as one, with their count", async () => {
    const { recorder, written } = setUp({ burst: 1 });
    recorder.record(draft("first"));
    recorder.record(draft("again"));
    recorder.record(draft("again", 5));
    recorder.record(draft("again"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written.map(([uid, count]) => [uid, count])).toEqual([
      ["first", 1],
      ["again", 7],
    ]);
  });

  it("drops what does not fit, counts it and says so once until the queue was empty", async () => {
    const { recorder, log, written } = setUp({ queueSize: 2 });
    for (const uid of ["a", "b", "c", "d"]) recorder.record(draft(uid));
    recorder.record(draft("b"));
    expect(recorder.dropped).toBe(2);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(/^warn the queue of Events is full/);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(written.map(([uid, count]) => [uid, count])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    for (const uid of ["e", "f", "g"]) recorder.record(draft(uid));
    expect(recorder.dropped).toBe(3);
    expect(log.lines).toHaveLength(2);
  });

  it("goes on after a failure, and warns once while nothing gets through", async () => {
    let failing = true;
    const { recorder, log, written } = setUp({}, () =>
      failing ? Promise.reject(new Error("create Event: forbidden")) : Promise.resolve(),
    );
    for (const uid of ["a", "b", "c"]) recorder.record(draft(uid));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(log.lines.map((line) => line.split(" ")[0])).toEqual(["warn", "debug", "debug"]);
    expect(log.lines[0]).toContain("create Event: forbidden");
    expect(recorder.dropped).toBe(3);
    failing = false;
    recorder.record(draft("d"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written.map(([uid]) => uid)).toEqual(["d"]);
    failing = true;
    recorder.record(draft("e"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(log.lines.at(-1)).toMatch(/^warn/);
  });

  it("returns at once, also while a write hangs", async () => {
    const { recorder, written } = setUp({}, () => new Promise(() => undefined));
    recorder.record(draft("a"));
    recorder.record(draft("b"));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written).toEqual([]);
    expect(recorder.dropped).toBe(0);
  });

  describe("during a burst of verdicts", () => {
    /** Records an Event every `gapMs` until `untilMs`. */
    async function stream(recorder: EventRecorder, gapMs: number, untilMs: number): Promise<void> {
      for (let ms = 0; ms < untilMs; ms += gapMs) {
        recorder.record(draft(`u${ms}`));
        await vi.advanceTimersByTimeAsync(gapMs);
      }
    }
    const options = { lullMs: 100, ratePerSecond: 20, burst: 10 };

    it("writes one Event each second, and the others at its rate when the burst is over", async () => {
      const { recorder, written } = setUp({ ...options, queueSize: 1_000 });
      await stream(recorder, 50, 5_000);
      expect(written.map(([, , ms]) => ms)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
      await vi.advanceTimersByTimeAsync(6_000);
      expect(written).toHaveLength(100);
      expect(recorder.waiting).toBe(0);
    });

    it("writes each at once when verdicts are far enough apart", async () => {
      const { recorder, written } = setUp({ ...options, queueSize: 1_000 });
      await stream(recorder, 150, 3_000);
      expect(written).toHaveLength(20);
      expect(written.slice(0, 2).map(([, , ms]) => ms)).toEqual([100, 250]);
    });

    it("writes at its rate once the queue is half full, so that nothing is lost by waiting", async () => {
      const { recorder, written } = setUp({ ...options, queueSize: 20 });
      await stream(recorder, 50, 10_000);
      expect(written.length).toBeGreaterThan(180);
      expect(recorder.dropped).toBe(0);
    });

    it("waits no longer when the clock is set back", async () => {
      const { recorder, written } = setUp({ ...options, queueSize: 1_000 });
      recorder.record(draft("a"));
      vi.setSystemTime(Date.now() - 3_600_000);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(written).toHaveLength(1);
    });
  });
});
