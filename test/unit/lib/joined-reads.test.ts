import { describe, expect, it } from "vitest";
import { JoinedReads } from "../../../capabilities/lib/joined-reads";

/** A source whose reads end when the test says so. */
class Source {
  readonly ends: { resolve(value: number): void; reject(error: Error): void }[] = [];
  readonly reads = new JoinedReads<number>();

  read(key = "sink", signal?: AbortSignal): Promise<number> {
    return this.reads.read(
      key,
      () => new Promise((resolve, reject) => this.ends.push({ resolve, reject })),
      signal,
    );
  }

  async end(index: number, value: number): Promise<void> {
    this.ends[index]?.resolve(value);
    await settled();
  }
}

/** Longer than any chain of promises here. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("joined reads", () => {
  it("ask once for the first caller and once for all who call meanwhile, whose answer is newer than their call", async () => {
    const source = new Source();
    const first = source.read();
    const others = [source.read(), source.read(), source.read()];
    expect(source.ends).toHaveLength(1);
    await source.end(0, 1);
    expect(await first).toBe(1);
    expect(source.ends).toHaveLength(2);
    const late = source.read();
    await source.end(1, 2);
    expect(await Promise.all(others)).toEqual([2, 2, 2]);
    await source.end(2, 3);
    expect(await late).toBe(3);
    expect(source.reads.size).toBe(0);
  });

  it("do not join different reads", () => {
    const source = new Source();
    void source.read("one");
    void source.read("other");
    expect(source.ends).toHaveLength(2);
  });

  it("give a failure to those who shared it, and ask again for the next", async () => {
    const source = new Source();
    const first = source.read();
    const second = source.read();
    source.ends[0]?.reject(new Error("away"));
    await expect(first).rejects.toThrow("away");
    await settled();
    await source.end(1, 2);
    expect(await second).toBe(2);
    expect(source.reads.size).toBe(0);
  });

  it("end the wait of a caller whose signal aborts, and no other's", async () => {
    const source = new Source();
    const abort = new AbortController();
    const one = source.read("sink", abort.signal);
    const other = source.read();
    abort.abort(new Error("too late"));
    await expect(one).rejects.toThrow("too late");
    await source.end(0, 1);
    await source.end(1, 2);
    expect(await other).toBe(2);
    await expect(source.read("sink", abort.signal)).rejects.toThrow("too late");
    expect(source.ends).toHaveLength(2);
  });
});
