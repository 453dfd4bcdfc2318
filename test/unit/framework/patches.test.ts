import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { page, ROOT, rows } from "../../project/markdown";

/** What the patches share, and what changes nothing of the framework. */
const NO_PATCH = ["server.ts", "hand-over.ts", "followed-requests.ts"];

const patches = readdirSync(join(ROOT, "capabilities/framework"))
  .filter((name) => name.endsWith(".ts") && !NO_PATCH.includes(name))
  .sort();

describe("every patch of the framework", () => {
  it("is documented with what is known upstream", () => {
    const told = rows(page("docs/framework.md")).filter(([first = ""]) => first.includes(".ts"));
    expect(told.map(([first = ""]) => first.replace(/^\[(.+)\]\(.+\)$/, "$1")).sort()).toEqual(patches);
    for (const [name, ...cells] of told) {
      expect(cells, name).toHaveLength(3);
      expect(cells[2], name).toMatch(/github\.com\/defenseunicorns\/|no issue found/);
    }
  });

  it("has a guard on the real framework", () => {
    const text = readFileSync(join(ROOT, "test/e2e/framework.test.ts"), "utf8");
    const guarded = [...text.matchAll(/^describe\("(.+)", /gm)].map(([, name = ""]) => name);
    expect(guarded.sort()).toEqual(patches);
  });
});
