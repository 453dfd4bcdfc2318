import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CAUSES, FAILURE_REASONS, TRANSIENT_CAUSES } from "../../capabilities/api/vocabulary";
import pkg from "../../package.json";
import { anchors, page, ROOT, rows } from "./markdown";

const code = (word: string): string => `\`${word}\``;

describe("docs/troubleshooting.md", () => {
  const troubleshooting = page("docs/troubleshooting.md");
  const headings = anchors(troubleshooting);

  it.each([...FAILURE_REASONS, ...CAUSES])("has a section for %s", (word) => {
    expect(headings).toContain(word.toLowerCase());
  });

  it("names the transient causes and no other", () => {
    const [, list = ""] = /transient causes \(([^)]*)\)/.exec(troubleshooting.text) ?? [];
    expect(new Set(list.match(/`\w+`/g))).toEqual(new Set([...TRANSIENT_CAUSES].map(code)));
  });
});

describe("docs/architecture.md", () => {
  const steps = rows(page("docs/architecture.md"))
    .map((cells) => cells.filter((cell) => /^`[^`]+`$/.test(cell)).map((cell) => cell.slice(1, -1)))
    .filter(([file = ""]) => file.startsWith("capabilities/"));

  it.each(steps)("names a file with what it says: %s, %s", (file, name) => {
    expect(readFileSync(join(ROOT, file), "utf8")).toMatch(new RegExp(`[ .]${name}(<|\\(|:)`));
  });

  it("names the steps, the levels of retry and nothing by halves", () => {
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.filter((names) => names.length !== 2)).toEqual([]);
  });
});

describe("docs/dependencies.md", () => {
  const { path, text } = page("docs/dependencies.md");
  const ships = /^## What ships$([\s\S]*?)^## /m.exec(text)?.[1] ?? "";
  const documented = rows({ path, text: ships }).map(([first = ""]) => first);
  const packages = { ...pkg.dependencies, ...pkg.devDependencies };

  it.each(Object.keys(packages))("says why %s is here", (name) => {
    expect(documented).toContain(code(name));
  });

  it("names no package that is not here", () => {
    const start = documented.indexOf("Package");
    const named = documented.slice(start).filter((cell) => /^`[@a-z]/.test(cell));
    expect(named.filter((cell) => !Object.hasOwn(packages, cell.slice(1, -1)))).toEqual([]);
  });
});
