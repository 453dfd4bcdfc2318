import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLUGIN_LIMIT_BYTES } from "../../lab/bundle/plugin";
import pkg from "../../package.json";
import { buildPlugin, type Plugin } from "./plugin";

let plugin: Plugin;

beforeAll(async () => {
  plugin = await buildPlugin();
});
afterAll(() => plugin?.remove());

describe("the built plugin", () => {
  it("is one file below its limit", () => {
    expect(plugin.bytes).toBeLessThan(PLUGIN_LIMIT_BYTES);
  });

  it("prints its version", async () => {
    expect(await plugin.run(["version"])).toEqual({ code: 0, stdout: `${pkg.version}\n`, stderr: "" });
  });

  it("calls itself as kubectl calls it, and lists its exit codes", async () => {
    const { code, stdout } = await plugin.run(["--help"]);
    expect(stdout).toMatch(/^Usage: kubectl kollect /);
    expect(stdout).toContain("When several apply: 2, 1, 3, 5, 4.");
    expect(code).toBe(0);
  });

  it.each([
    ["an unknown command", ["tset"]],
    ["an unknown option", ["check", "--file", "x"]],
    ["a missing option", ["check"]],
    ["a format that there is none of", ["check", "-f", "-", "-o", "toml"]],
    ["a number out of bounds", ["check", "-f", "-", "--probe-timeout", "0"]],
    ["a file whose format nothing tells", ["check", "-f", "-", "--output-file", "report"]],
    ["a file that is not there", ["check", "-f", "/none/at/all.yaml"]],
    ["no sink", ["test"]],
    ["names and --all", ["test", "database/a", "--all"]],
    ["a word that is no sink", ["grants", "orders", "-f", "-"]],
    ["a word that is not explained", ["explain", "Nonsense"]],
  ])("exits with 2 and says what to write: %s", async (_what, args) => {
    const { code, stdout, stderr } = await plugin.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: /m);
  });

  it.each([
    ["no kubeconfig", ["get"], /there is no kubeconfig at/],
    ["a kubeconfig that is not there", ["get", "--kubeconfig", "/none"], /there is no kubeconfig at \/none/],
  ])("exits with 1 without a cluster: %s", async (_what, args, line) => {
    const { code, stderr } = await plugin.run(args);
    expect(stderr).toMatch(line);
    expect(code).toBe(1);
  });
});
