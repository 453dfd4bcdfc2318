import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import { systemClock } from "../../../capabilities/lib/clock";
import { Doubts } from "../../../capabilities/scheduler/doubts";
import { memoryLog } from "../kube/http/peer";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("looks at every object until that succeeds, four at a time", async () => {
  const clock = systemClock();
  const doubts = new Doubts({ clock, log: memoryLog() });
  const looks: string[] = [];
  let active = 0;
  let most = 0;
  for (const uid of ["a", "b", "c", "d", "e", "f", "g"]) {
    doubts.raise(uid, async () => {
      most = Math.max(most, ++active);
      await clock.sleep(10);
      active -= 1;
      looks.push(uid);
      if (looks.length <= 4) throw new ClusterError("get", 503, "ServiceUnavailable", "try again");
    });
  }
  await vi.advanceTimersByTimeAsync(10_000);
  expect(most).toBe(4);
  expect(new Set(looks)).toEqual(new Set(["a", "b", "c", "d", "e", "f", "g"]));
  expect(looks).toHaveLength(11);
});

it("logs an object that cannot be read, and leaves it alone when that will not change", async () => {
  const log = memoryLog();
  const doubts = new Doubts({ clock: systemClock(), log });
  let looks = 0;
  doubts.raise("uid-1", () => {
    looks += 1;
    return Promise.reject(new ClusterError("get", 403, "Forbidden", "no rights"));
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toBe(1);
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]).toMatch(
    /^warn an object that may be gone could not be read \{"uid":"uid-1".*no rights/,
  );
});
