import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import pkg from "../../package.json";
import { anchors, commands, links, page, pages, ROOT } from "./markdown";

const all = pages();
const scripts: Readonly<Record<string, string>> = pkg.scripts;

describe("the pages", () => {
  const internal = all.flatMap((from) =>
    links(from)
      .filter((target) => !/^(https?|mailto):/.test(target))
      .map((target) => ({ from: from.path, target })),
  );

  it.each(internal)("$from: the link $target leads somewhere", ({ from, target }) => {
    const [file = "", anchor] = target.split("#");
    const path = file === "" ? from : normalize(join(dirname(from), file));
    expect(existsSync(join(ROOT, path)), `${path} exists`).toBe(true);
    if (anchor !== undefined) expect(anchors(page(path))).toContain(anchor);
  });

  const used = all.flatMap((from) => commands(from).map((command) => ({ from: from.path, command })));

  const npm = used.flatMap(({ from, command }) =>
    [...command.matchAll(/\bnpm (?:run )?([a-z:]+)/g)]
      .map(([, name = ""]) => ({ from, name }))
      .filter(({ name }) => name !== "ci" && name !== "install"),
  );

  it.each(npm)("$from: npm can run $name", ({ name }) => {
    const script = scripts[name];
    expect(script, `package.json has the script ${name}`).toBeDefined();
    const [file] = /scripts\/\S+\.ts/.exec(script ?? "") ?? [];
    if (file) expect(existsSync(join(ROOT, file)), `${file} exists`).toBe(true);
  });

  const paths = used.flatMap(({ from, command }) =>
    [...command.matchAll(/ (?:-f|-k) ((?:config|docs|dist)\/\S*|config\b)/g)].map(([, path = ""]) => ({
      from,
      path,
    })),
  );

  it.each(paths)("$from: $path, which a command applies, exists", ({ path }) => {
    expect(existsSync(join(ROOT, path))).toBe(true);
  });

  it("are there at all, with links, commands and paths to check", () => {
    expect([internal, npm, paths].map(({ length }) => length > 0)).toEqual([true, true, true]);
  });
});
