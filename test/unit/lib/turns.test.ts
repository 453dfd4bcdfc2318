import { describe, expect, it } from "vitest";
import { Turns, type GiveBack } from "../../../capabilities/lib/turns";

/** Takes a turn and notes by its name when there was one. */
function asking(turns: Turns, key: string, granted: string[], name = key): Promise<GiveBack> {
  return turns.take(key, new AbortController().signal).then((giveBack) => {
    granted.push(name);
    return giveBack;
  });
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  it("are no more at a time than all may have, and one key", async () => {
    const turns = new Turns({ total: 3, perKey: 2 });
    const granted: string[] = [];
    for (let count = 0; count < 32; count += 1) void asking(turns, "many", granted);
    for (const key of ["one", "two"]) void asking(turns, key, granted);
    await settled();
    expect(granted).toEqual(["many", "many", "one"]);
    expect(turns.waiting).toBe(31);
  });

  it("go to the key that has the fewest, however many wait with another", async () => {
    const turns = new Turns({ total: 2, perKey: 2 });
    const granted: string[] = [];
    const first = await asking(turns, "many", granted);
    for (let count = 0; count < 31; count += 1) void asking(turns, "many", granted);
    void asking(turns, "one", granted);
    await settled();
    first();
    await settled();
    expect(granted).toEqual(["many", "many", "one"]);
  });

  it("go in the order of asking within a key", async () => {
    const turns = new Turns({ total: 1, perKey: 1 });
    const granted: string[] = [];
    const first = await asking(turns, "key", granted, "first");
    const second = asking(turns, "key", granted, "second");
    void asking(turns, "key", granted, "third");
    first();
    (await second)();
    await settled();
    expect(granted).toEqual(["first", "second", "third"]);
  });

  it("are given back once", async () => {
    const turns = new Turns({ total: 1, perKey: 1 });
    const first = await turns.take("key", new AbortController().signal);
    const second = turns.take("key", new AbortController().signal);
    void turns.take("key", new AbortController().signal);
    first();
    await second;
    first();
    await settled();
    expect(turns.waiting).toBe(1);
  });

  it("are not kept for one that no longer waits", async () => {
    const turns = new Turns({ total: 1, perKey: 1 });
    const first = await turns.take("key", new AbortController().signal);
    const abort = new AbortController();
    const second = turns.take("key", abort.signal);
    const third = turns.take("key", new AbortController().signal);
    abort.abort(new Error("no longer awaited"));
    await expect(second).rejects.toThrow("no longer awaited");
    first();
    await expect(third).resolves.toBeTypeOf("function");
    expect(turns.waiting).toBe(0);
  });
});
