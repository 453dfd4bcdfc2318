import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync, chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SHELLS } from "../../cli/completion/scripts";
import { findFish, findZsh, type Shell } from "../../lab/servers/tools/shells";
import { buildPlugin, type Plugin } from "./plugin";

let plugin: Plugin;
let bin = "";

beforeAll(async () => {
  plugin = await buildPlugin();
  bin = join(plugin.folder, "bin");
  mkdirSync(bin);
  symlinkSync(join(plugin.folder, "kubectl-kollect"), join(bin, "kubectl-kollect"));
});
afterAll(() => plugin?.remove());

async function complete(...typed: string[]): Promise<string[]> {
  const { stdout } = await plugin.run(["__complete", ...typed]);
  return stdout.trimEnd().split("\n");
}

function path(): string {
  return `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`;
}

describe("completion", () => {
  it.each([
    ["commands", ["te"], ["test", ":4"]],
    ["options of a command", ["test", "--par"], ["--parallel", ":4"]],
    ["values of an option", ["test", "--all", "-o", "j"], ["json", "junit", ":4"]],
    ["files of an option", ["check", "-f", ""], [":0"]],
    ["words to explain", ["explain", "TLSU"], ["TLSUnsupported", "TLSUntrusted", ":4"]],
    ["kinds of sinks, without a space after them", ["test", "da"], ["database/", ":6"]],
    ["shells", ["completion", "z"], ["zsh", ":4"]],
    ["nothing for an unknown command", ["nonsense", ""], [":4"]],
  ])("offers %s", async (_what, typed, expected) => {
    expect(await complete(...typed)).toEqual(expected);
  });

  it("offers every command, and not itself", async () => {
    const commands = await complete("");
    expect(commands).toEqual(expect.arrayContaining(["check", "completion", "get", "test", "version"]));
    expect(commands).not.toContain("__complete");
  });

  it("works in bash", async () => {
    const { stdout } = await plugin.run(["completion", "bash"]);
    const script = join(plugin.folder, "completion.bash");
    writeFileSync(script, stdout);
    const session = `source ${script}; COMP_WORDS=(kubectl-kollect test -o j); COMP_CWORD=3
      _kubectl_kollect; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p kubectl-kollect`;
    const args = ["--noprofile", "--norc", "-c", session];
    const printed = execFileSync("bash", args, { encoding: "utf8", env: { PATH: path() } });
    expect(printed.split("\n").slice(0, 2)).toEqual(["json", "junit"]);
    expect(printed).toContain("complete -F _kubectl_kollect kubectl-kollect");
  });

  it("works as the program that kubectl calls", async () => {
    const { stdout } = await plugin.run(["completion", "kubectl"]);
    const program = join(bin, "kubectl_complete-kollect");
    writeFileSync(program, stdout);
    chmodSync(program, 0o755);
    const printed = execFileSync(program, ["get", "--wat"], { encoding: "utf8", env: { PATH: path() } });
    expect(printed).toBe("--watch\n:4\n");
  });

  it.each(SHELLS)("prints a script for %s that asks the plugin", async (shell) => {
    const { code, stdout } = await plugin.run(["completion", shell]);
    expect(code).toBe(0);
    expect(stdout).toContain("kubectl-kollect __complete");
  });

  it("works in zsh, loaded from a folder of fpath at the first word", async ({ skip }) => {
    const zsh = await findZsh();
    if ("missing" in zsh) return skip(zsh.missing);
    writeFileSync(join(plugin.folder, ".zshenv"), zsh.zshenv);
    const functions = join(plugin.folder, "zfunc");
    mkdirSync(functions);
    writeFileSync(join(functions, "_kubectl-kollect"), (await plugin.run(["completion", "zsh"])).stdout);
    // A terminal, because zsh completes nowhere else: the name of a shell from its first letter.
    const session = `zmodload zsh/zpty && zpty -b terminal ${zsh.path} -d -i
      zpty -w terminal 'fpath=(${functions} $fpath); autoload -Uz compinit; compinit -u -D; echo re""ady'
      zpty -r terminal answer '*ready*'
      zpty -w -n terminal $'kubectl-kollect completion z\t'
      zpty -r -m terminal answer '*completion zsh*' && print -r -- $answer`;
    expect(shellOutput(zsh, ["-d", "-c", session])).toContain("kubectl-kollect completion zsh");
  });

  it("works in fish", async ({ skip }) => {
    const fish = await findFish();
    if ("missing" in fish) return skip(fish.missing);
    const script = join(plugin.folder, "completion.fish");
    writeFileSync(script, (await plugin.run(["completion", "fish"])).stdout);
    const ask = (line: string): string[] =>
      shellOutput(fish, ["--no-config", "-c", `source ${script}; complete -C '${line}'`])
        .trim()
        .split("\n");
    expect(ask("kubectl-kollect test -o j")).toEqual(["json", "junit"]);
    expect(ask("kubectl-kollect te")).toEqual(["test"]);
  });
});

function shellOutput(shell: Shell, args: readonly string[]): string {
  const env = { PATH: path(), HOME: plugin.folder, TERM: "dumb", ...shell.env };
  return execFileSync(shell.path, args, { encoding: "utf8", env, timeout: 60_000 });
}
