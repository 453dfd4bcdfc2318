import { describe, expect, it } from "vitest";
import {
  CONNECTION_CAUSES,
  FAILURE_REASONS,
  SECRET_CAUSES,
  SINK_FAMILIES,
  SINK_KINDS,
  TRANSIENT_CAUSES,
} from "../../../capabilities/api/vocabulary";
import { PROBES } from "../../../capabilities/probes/registry";
import pkg from "../../../package.json";
import { anchors, page, rows } from "./markdown";

const code = (word: string): string => `\`${word}\``;

describe("docs/troubleshooting.md", () => {
  const troubleshooting = page("docs/troubleshooting.md");
  const headings = anchors(troubleshooting);

  it.each([...FAILURE_REASONS, ...SECRET_CAUSES, ...CONNECTION_CAUSES])("has a section for %s", (word) => {
    expect(headings).toContain(word.toLowerCase());
  });

  it("names the transient causes and no other", () => {
    const [, list = ""] = /transient causes \(([^)]*)\)/.exec(troubleshooting.text) ?? [];
    expect(new Set(list.match(/`\w+`/g))).toEqual(new Set([...TRANSIENT_CAUSES].map(code)));
  });
});

describe("the pages of the sink kinds", () => {
  const PAGES = {
    KollectSnapshotSink: "docs/snapshot-sinks.md",
    KollectDatabaseSink: "docs/database-sinks.md",
    KollectEventSink: "docs/event-sinks.md",
  } as const;

  const types = SINK_KINDS.flatMap((kind) =>
    SINK_FAMILIES[kind].types.map((type) => ({ path: PAGES[kind], type, probed: type in PROBES })),
  );

  it.each(types)("and the README say whether $type is probed", ({ path, type, probed }) => {
    for (const told of [path, "README.md"]) {
      const row = rows(page(told)).find(([first]) => first === code(type));
      expect(row?.[1], told).toBe(probed ? "yes" : "not yet");
    }
  });
});

describe("README.md", () => {
  const documented = rows(page("README.md")).map(([first = ""]) => first);
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
