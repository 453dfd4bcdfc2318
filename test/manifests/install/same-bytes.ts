import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderBuild } from "../../../lab/deployment/rendered";
import { buildModule } from "../../../lab/operator/build-module";
import { ROOT } from "../../../lab/stage";
import type { InstallStage } from "./stage";

/** What is rendered of two builds of the same sources. */
export function sameBytesTests(stage: () => InstallStage): void {
  describe("the same sources", () => {
    it("give the same bytes in another folder at another time, with no key among them", async () => {
      const { folder } = stage();
      const elsewhere = join(folder, "another/checkout");
      await mkdir(elsewhere, { recursive: true });
      const copied = [
        "bootstrap",
        "capabilities",
        "config",
        "generate",
        "package.json",
        "package-lock.json",
        "pepr.ts",
        "tsconfig.json",
      ];
      for (const name of copied) await cp(join(ROOT, name), join(elsewhere, name), { recursive: true });
      await symlink(join(ROOT, "node_modules"), join(elsewhere, "node_modules"));
      const second = await buildModule({
        root: elsewhere,
        cacheDir: join(folder, "cache"),
        env: process.env,
      });
      const again = await renderBuild(second, elsewhere, join(folder, "again"));
      expect(second.apiPath).not.toBe(stage().build.apiPath);
      expect(again.files.map(([path]) => path)).toEqual(stage().rendered.files.map(([path]) => path));
      for (const [index, [path, content]] of stage().rendered.files.entries()) {
        const other = again.files[index]?.[1] ?? "";
        expect(Buffer.from(content).equals(Buffer.from(other)), path).toBe(true);
        const text = Buffer.from(content).toString("utf8");
        expect(text, path).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY-----\n/);
        for (const secret of [stage().build.apiPath, ROOT, elsewhere])
          expect(text.includes(secret), path).toBe(false);
      }
    }, 600_000);
  });
}
