import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { krewFiles } from "../../generate/krew/manifest";
import { writeFolder } from "../../generate/gitops/write";
import { runCommand } from "../../lab/operator/run-command";
import { krewValidator } from "../../lab/servers/tools/krew";
import pkg from "../../package.json";

let validator = "";

beforeAll(async () => {
  validator = await krewValidator();
});

it("krew's own validator accepts the plugin's manifest, and refuses one without a version", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kollect-krew-"));
  const source = { homepage: pkg.homepage, plugin: Buffer.from("plugin"), license: Buffer.from("licence") };
  const validate = async (version: string): Promise<string> => {
    await writeFolder(folder, krewFiles({ ...source, version }));
    const args = ["-manifest", join(folder, "kollect.yaml"), "-skip-install"];
    return runCommand({ command: validator, args, cwd: folder, env: {}, timeoutMs: 60_000 });
  };
  try {
    await expect(validate(pkg.version)).resolves.toBeDefined();
    await expect(validate("")).rejects.toThrow("version");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
