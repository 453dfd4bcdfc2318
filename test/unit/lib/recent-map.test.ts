import { expect, it } from "vitest";
import { RecentMap } from "../../../capabilities/lib/recent-map";

it("forgets the key that was not set for longest when there are too many", () => {
  const recent = new RecentMap<string, number>(2);
  recent.set("a", 1);
  recent.set("b", 2);
  recent.set("a", 3);
  recent.set("c", 4);
  expect(["a", "b", "c"].map((key) => recent.get(key))).toEqual([3, undefined, 4]);
  expect(recent.has("b")).toBe(false);
});
