import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lackingActions } from "../../../../capabilities/probes/mongodb/privileges";

const page = readFileSync(join("docs", "sinks", "mongodb.md"), "utf8");

describe("the least rights that the docs show", () => {
  const [, shown = "[]"] = /privileges: (\[[\s\S]*?\n {2}\])/.exec(page) ?? [];
  const privileges = JSON.parse(shown) as Array<{ resource: object; actions: string[] }>;
  const target = { database: "inventory", collection: "items" };

  it("are enough", () => {
    expect(privileges).toHaveLength(1);
    expect(lackingActions(privileges, target)).toEqual([]);
  });

  it.each(privileges.flatMap(({ actions }) => actions))("are not enough without %s", (action) => {
    const less = privileges.map((each) => ({
      ...each,
      actions: each.actions.filter((held) => held !== action),
    }));
    expect(lackingActions(less, target)).toEqual([action]);
  });
});
