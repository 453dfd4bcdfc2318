import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXECUTED } from "../fixtures/documented/executed";
import { ELSEWHERE, NOT_EXECUTED } from "../fixtures/documented/others";
import { commands, pages, ROOT } from "./markdown";

const documented = [...new Set(pages().flatMap(commands))];
const tested = [...EXECUTED, ...ELSEWHERE].map(({ command }) => command);

/** In how many of the three lists a command is. */
function places(command: string): number {
  const isNotExecuted = NOT_EXECUTED.some(({ begins }) => command.startsWith(begins));
  return tested.filter((each) => each === command).length + Number(isNotExecuted);
}

describe("a command of the docs", () => {
  it.each(documented)("is in one of the lists of test/fixtures/documented: %s", (command) => {
    expect(places(command)).toBe(1);
  });

  it.each(tested)("is in the docs still: %s", (command) => {
    expect(documented).toContain(command);
  });

  it.each(NOT_EXECUTED)("is in the docs, though no test executes it: $begins", ({ begins }) => {
    expect(documented.some((command) => command.startsWith(begins))).toBe(true);
  });

  it.each(ELSEWHERE)("is executed by $file: $command", ({ file, words }) => {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    expect(readFileSync(join(ROOT, file), "utf8")).toContain(words);
  });
});
