import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { actionlint } from "../../lab/servers/tools/actionlint";
import { ROOT } from "./run-node";

const run = promisify(execFile);

/** What the linter says of workflows; empty when nothing is wrong. */
async function complaints(files: readonly string[]): Promise<string> {
  // Whether there is a shellcheck on this machine must not decide.
  const args = ["-no-color", "-oneline", "-shellcheck=", "-pyflakes=", ...files];
  return run(await actionlint(), args, { cwd: ROOT, timeout: 60_000 }).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout: string }).stdout,
  );
}

it("finds nothing wrong with the workflows", async () => {
  const folder = join(ROOT, ".github/workflows");
  const files = (await readdir(folder)).map((name) => join(folder, name));
  expect(files.length).toBeGreaterThan(1);
  expect(await complaints(files)).toBe("");
});

it("would find what is wrong with one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kollect-workflow-"));
  try {
    const file = join(folder, "wrong.yaml");
    const step = "run: echo ${{ github.no_such_property }}";
    await writeFile(file, `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - ${step}\n`);
    expect(await complaints([file])).toContain("no_such_property");
  } finally {
    await rm(folder, { recursive: true });
  }
});
