import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteQueue } from "../../../../capabilities/probes/net/byte-queue";
import { runs } from "../../../fixtures/property";

it("gives the bytes in their order, whatever the pieces and looks between them", () => {
  const step = fc.oneof(
    fc.uint8Array({ maxLength: 6000 }),
    fc.uint8Array({ maxLength: 5 }),
    fc.constant("peek" as const),
    fc.integer({ min: 0, max: 7000 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const queue = new ByteQueue();
      let all = Buffer.alloc(0);
      for (const each of steps) {
        if (each === "peek") expect(queue.peek().equals(all)).toBe(true);
        else if (typeof each === "number") {
          const count = Math.min(each, all.length);
          expect(queue.take(count).equals(all.subarray(0, count))).toBe(true);
          all = all.subarray(count);
        } else {
          queue.push(Buffer.from(each));
          all = Buffer.concat([all, each]);
        }
        expect(queue.length).toBe(all.length);
      }
      expect(queue.take(all.length).equals(all)).toBe(true);
    }),
    { numRuns: runs(300) },
  );
});
