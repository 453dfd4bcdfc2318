import fc from "fast-check";
import { expect, it } from "vitest";
import { TimeQueue } from "../../../capabilities/lib/time-queue";

it("gives back whatever was pushed, earliest first", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (times) => {
      const queue = new TimeQueue<number>();
      times.forEach((at, index) => queue.push(at, index));
      const popped: number[] = [];
      for (let entry = queue.pop(); entry; entry = queue.pop()) popped.push(entry.at);
      expect(popped).toEqual([...times].sort((a, b) => a - b));
    }),
  );
});

it("peeks without taking and is empty after clear", () => {
  const queue = new TimeQueue<string>();
  queue.push(2, "b");
  queue.push(1, "a");
  expect([queue.peek()?.value, queue.size]).toEqual(["a", 2]);
  queue.clear();
  expect([queue.peek(), queue.size]).toEqual([undefined, 0]);
});
