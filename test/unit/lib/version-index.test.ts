import { describe, expect, it } from "vitest";
import { VersionIndex } from "../../../capabilities/lib/version-index";

describe("VersionIndex", () => {
  function filled(): VersionIndex<string> {
    const index = new VersionIndex<string>();
    index.add("dsn", "1", "a");
    index.add("dsn", "1", "b");
    index.add("dsn", "2", "c");
    index.add("ca", "2", "d");
    return index;
  }

  it.each([
    { key: "dsn", version: "1", others: ["c"] },
    { key: "dsn", version: "2", others: ["a", "b"] },
    { key: "dsn", version: "3", others: ["a", "b", "c"] },
    { key: "ca", version: "2", others: [] },
    { key: "absent", version: "1", others: [] },
  ])("returns what has another version of $key than $version", ({ key, version, others }) => {
    expect([...filled().ofOthers(key, version)]).toEqual(others);
  });

  it("forgets one value and keeps the others of its version", () => {
    const index = filled();
    index.delete("dsn", "1", "a");
    expect([...index.ofOthers("dsn", "3")]).toEqual(["b", "c"]);
    index.delete("dsn", "1", "b");
    expect([...index.ofOthers("dsn", "3")]).toEqual(["c"]);
  });

  it.each([
    { key: "dsn", version: "2", value: "a" },
    { key: "dsn", version: "9", value: "a" },
    { key: "absent", version: "1", value: "a" },
  ])("ignores the deletion of what it does not hold: $key $version $value", ({ key, version, value }) => {
    const index = filled();
    index.delete(key, version, value);
    expect([...index.ofOthers("dsn", "9")]).toEqual(["a", "b", "c"]);
  });

  it("visits no value of the version that is asked for", () => {
    const index = new VersionIndex<number>();
    for (let value = 0; value < 100_000; value += 1) index.add("dsn", "1", value);
    const started = performance.now();
    let visited = 0;
    for (let time = 0; time < 100_000; time += 1) visited += [...index.ofOthers("dsn", "1")].length;
    expect(visited).toBe(0);
    // Visiting them all would take minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
