import { describe, expect, it } from "vitest";
import { CAUSES, FAILURE_REASONS, LIMITATION_IDS } from "../../../capabilities/api/vocabulary";
import { exitCodeOf } from "../../../cli/exit-codes";
import { explain, words } from "../../../cli/explain/explain";
import { parseOutputFile } from "../../../cli/options/output";
import { duration, integer, yesOrNo } from "../../../cli/options/values";
import { codeOfResults } from "../../../cli/report/codes";
import { parseSinkName, sinkName } from "../../../cli/report/sink-name";
import { block, stateOf } from "../../../cli/terminal/progress";
import { createScreen } from "../../../cli/terminal/screen";
import { wrap } from "../../../cli/terminal/wrap";
import { FAILED, result } from "./samples";

describe("explain", () => {
  it.each([...FAILURE_REASONS, ...CAUSES, ...LIMITATION_IDS])("knows %s", (word) => {
    const text = explain(word.toLowerCase(), 80) ?? "";
    expect(text).toMatch(new RegExp(`^${word}\n`));
    expect(text).toMatch(/#[a-z]+\n$/);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(words()).toContain(`\n  ${word}`);
  });

  it("knows nothing else", () => {
    expect(explain("constructor", 80)).toBeUndefined();
  });
});

describe("exit codes", () => {
  it.each([
    [[], 0],
    [[0, 0], 0],
    [[4, 5], 5],
    [[5, 3], 3],
    [[3, 1], 1],
    [[1, 2, 3, 4, 5], 2],
  ])("of several, the first of 2, 1, 3, 5, 4 counts: %j", (codes, code) => {
    expect(exitCodeOf(codes)).toBe(code);
  });

  const unproven = (kind: "NotAnswered" | "OnlyAWriteTells"): object => ({
    unproven: [{ need: "s3:PutObject", kind, why: "no answer" }],
  });

  it.each([
    ["True", {}, 0, 0],
    ["False", FAILED, 3, 3],
    ["wrong input", { ...FAILED, fault: "Input" }, 2, 2],
    ["no time", { verdict: "Unknown", fault: "Timeout" }, 5, 5],
    ["not created", { verdict: "Unknown", fault: "Command" }, 1, 1],
    ["not answered", unproven("NotAnswered"), 0, 4],
    ["only a write tells", unproven("OnlyAWriteTells"), 0, 0],
    ["plain text", { tlsInsecure: "PlainText" }, 0, 4],
    ["limited", { limitations: [{ id: "RegionIgnored", effect: "ignored", message: "m" }] }, 0, 4],
  ] as const)("%s", (_what, change, code, strict) => {
    const results = [result(), result(change as object)];
    expect([codeOfResults(results, false), codeOfResults(results, true)]).toEqual([code, strict]);
  });
});

describe("values of options", () => {
  it.each([
    ["30", 30_000],
    ["30s", 30_000],
    ["1m30s", 90_000],
    ["250ms", 250],
    ["24h", 86_400_000],
  ])("reads the time %s", (text, ms) => {
    expect(duration(text)).toBe(ms);
  });

  it.each(["", "0", "-1", "1d", "s", "25h", "1m x", "1e3"])("refuses the time %j", (text) => {
    expect(() => duration(text)).toThrow("Write a time");
  });

  it.each(["0", "4", "1.5", "", "0x1", "99999999999"])("refuses the number %j", (text) => {
    expect(() => integer(1, 3)(text)).toThrow("from 1 to 3");
  });

  it("reads yes and no", () => {
    expect([yesOrNo("true"), yesOrNo("false")]).toEqual([true, false]);
    expect(() => yesOrNo("no")).toThrow("true or false");
  });

  it.each([
    ["report.xml", "junit", "report.xml"],
    ["a/b.HTML", "html", "a/b.HTML"],
    ["markdown=$GITHUB_STEP_SUMMARY", "markdown", "$GITHUB_STEP_SUMMARY"],
    ["a=b.json", "json", "a=b.json"],
  ])("knows the format of %s", (text, format, path) => {
    expect(parseOutputFile(text)).toEqual({ format, path });
  });

  it.each(["report", "toml=x", "json="])("knows no format of %s", (text) => {
    expect(() => parseOutputFile(text)).toThrow("FORMAT=FILE");
  });
});

describe("names of sinks", () => {
  it.each([
    ["database/orders", "KollectDatabaseSink"],
    ["kdb/orders", "KollectDatabaseSink"],
    ["ksnap/orders", "KollectSnapshotSink"],
    ["kevt/orders", "KollectEventSink"],
    ["kollectdatabasesink.kollect.dev/orders", "KollectDatabaseSink"],
    ["KollectEventSinks/orders", "KollectEventSink"],
  ])("reads %s", (text, kind) => {
    expect(parseSinkName(text)).toEqual({ kind, name: "orders" });
  });

  it.each(["orders", "pod/orders", "database/", "database/../x", "database/a/b", "database/Orders"])(
    "refuses %s",
    (text) => {
      expect(() => parseSinkName(text)).toThrow("write database/NAME");
    },
  );

  it("writes the word that it reads", () => {
    expect(sinkName({ kind: "KollectSnapshotSink", name: "a" })).toBe("snapshot/a");
  });
});

describe("what is shown while a command runs", () => {
  it("says how far each sink is", () => {
    expect(stateOf(result())).toBe("True (Resolve 2 ms, TLS skipped)");
    expect(stateOf(result(FAILED))).toBe("False AuthenticationFailed (Resolve 2 ms, Authenticate failed)");
    const unknown = result({ verdict: "Unknown", reason: "Probing", message: "Phase TLS is running." });
    expect(stateOf(unknown)).toBe("Probing: Phase TLS is running.");
  });

  it("shows what is open first, and a bounded number of lines", () => {
    const many = Array.from({ length: 50 }, (_, index) => result({ name: `s${index}` }));
    const lines = block([...many, result({ name: "open", verdict: "Unknown", reason: "Pending" })]).split(
      "\n",
    );
    expect(lines[0]).toMatch(/^shop\/database\/open {2}Pending$/);
    expect(lines.at(-1)).toBe("50 of 51 sinks have a verdict");
    expect(lines).toHaveLength(21);
  });

  it.each([
    [{ isTTY: true }, {}, { colours: true, live: true }],
    [{ isTTY: true }, { NO_COLOR: "1" }, { colours: false, live: true }],
    [{ isTTY: true }, { TERM: "dumb" }, { colours: false, live: false }],
    [{}, {}, { colours: false, live: false }],
  ])("draws and colours only on a terminal that can: %j %j", (about, env, expected) => {
    const stream = { write: () => true, ...about };
    expect(createScreen({ stdout: stream, stderr: stream }, env)).toMatchObject(expected);
  });

  it.each([
    [undefined, 100],
    [0, 100],
    [40, 40],
  ])("takes %s columns for a width of %i", (columns, width) => {
    const stream = { write: () => true, ...(columns === undefined ? {} : { columns }) };
    expect(createScreen({ stdout: stream, stderr: stream }, {}).width).toBe(width);
  });

  it("wraps at words", () => {
    expect(wrap("one two three", 8, " ")).toBe(" one two\n three");
  });
});
