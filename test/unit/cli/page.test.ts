import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../../cli/exit-codes";
import { FORMATS } from "../../../cli/output/format";
import { createProgram } from "../../../cli/program";
import { createScreen } from "../../../cli/terminal/screen";
import { commands, page, rows } from "../../project/markdown";

const PAGE = page("docs/kubectl-plugin.md");
const ROOT = join(import.meta.dirname, "../../..");

function program(): ReturnType<typeof createProgram> {
  const stream = { write: () => true };
  const host = {
    ...{ args: [], calledAs: "/usr/bin/kubectl-kollect", env: {}, stdin: Readable.from([]) },
    ...{ stdout: stream, stderr: stream, interrupt: new AbortController().signal },
    runAgainWithout: () => Promise.resolve(0),
  };
  return createProgram({ host, screen: createScreen(host, {}), ended: () => undefined });
}

/** Every call of the plugin in the docs, as its words. */
const CALLS = ["docs/kubectl-plugin.md", "docs/recipes/README.md", "README.md"].flatMap((path) =>
  commands(page(path)).flatMap((line) =>
    [...line.matchAll(/kubectl[- ]kollect ([^|>)]+)/g)].map(([, words = ""]) => words.trim().split(/\s+/)),
  ),
);

describe("docs/kubectl-plugin.md", () => {
  it.each(CALLS.map((words) => [words.join(" "), words] as const))(
    "kubectl kollect %s is a command",
    (_line, words) => {
      const [name = "", ...args] = words;
      const command = program().commands.find((each) => each.name() === name);
      expect(command, name).toBeDefined();
      const { unknown } = command?.parseOptions(args) ?? { unknown: ["all"] };
      expect(unknown).toEqual([]);
    },
  );

  it("shows every command", () => {
    const shown = new Set(CALLS.map(([name]) => name));
    const all = program().commands.map((command) => command.name());
    expect(all.filter((name) => name !== "version" && name !== "help" && !shown.has(name))).toEqual([]);
  });

  it("has every exit code as the help has it", () => {
    const written = rows(PAGE);
    for (const { code, meaning } of EXIT_CODES) expect(written).toContainEqual([String(code), meaning]);
  });

  it("names every format", () => {
    const [table = ""] = PAGE.text.match(/\| Format [\s\S]*?\n\n/) ?? [];
    for (const format of FORMATS) expect(table).toContain(`\`${format}\``);
  });

  it("names every option of test and check that is no flag of kubectl", () => {
    const common =
      /^--(namespace|kubeconfig|context|as|as-group|request-timeout|output|all-namespaces|selector|filename|quiet|parallel|help)$/;
    for (const name of ["test", "check"]) {
      const options = program().commands.find((each) => each.name() === name)?.options ?? [];
      for (const { long = "" } of options)
        if (!common.test(long ?? "")) expect(PAGE.text).toContain(long ?? "");
    }
  });
});

describe("the launcher", () => {
  it("is what package.json names, and may be executed", () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      bin: Record<string, string>;
    };
    const launcher = readFileSync(join(ROOT, bin["kubectl-kollect"] ?? ""), "utf8");
    expect(launcher).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(launcher).toContain("../dist/kubectl-kollect.cjs");
  });
});

/** What people may rely on: every option of every command. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  test: [
    ...["--all", "--selector", "--all-namespaces", "--ttl", "--timeout", "--probe-timeout", "--retries"],
    ...["--keep", "--parallel", "--wait", "--output", "--output-file", "--quiet", "--strict"],
  ],
  check: [
    ...["--filename", "--from-cluster", "--ambient-credentials", "--exporter-version", "--exporter-strict"],
    ...["--exporter-private-sinks", "--output", "--output-file", "--quiet", "--strict"],
  ],
  get: ["--watch", "--all-namespaces", "--output"],
  rerun: ["--failed", "--all", "--timeout", "--output", "--strict"],
  grants: ["--user", "--database", "--filename"],
  doctor: ["--output"],
  explain: [],
  completion: [],
  version: [],
};
/** kubectl's own, of every command that asks a cluster. */
const OF_KUBECTL = ["--context", "--kubeconfig", "--as", "--as-group", "--request-timeout"];
const WITHOUT_CLUSTER = ["explain", "completion", "version"];

describe("the help", () => {
  it.each(Object.entries(OPTIONS))("of %s has every option", (name, options) => {
    const help = program()
      .commands.find((each) => each.name() === name)
      ?.helpInformation();
    const wanted = [...options, ...(WITHOUT_CLUSTER.includes(name) ? [] : OF_KUBECTL)];
    const missing = wanted.filter((option) => !new RegExp(`${option}(?![\\w-])`).test(help ?? ""));
    expect(missing).toEqual([]);
  });

  it("is checked for every command", () => {
    const all = program().commands.map((command) => command.name());
    expect(all.filter((name) => name !== "help").sort()).toEqual(Object.keys(OPTIONS).sort());
  });
});
