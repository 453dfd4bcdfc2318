import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { krewFiles } from "../../generate/krew/manifest";

const SOURCE = {
  version: "1.2.3",
  homepage: "https://git.example.com/platform/kollect",
  plugin: Buffer.from("#!/usr/bin/env node\n".repeat(100)),
  license: Buffer.from("licence"),
};

interface Manifest {
  readonly spec: {
    readonly version: string;
    readonly platforms: readonly { readonly uri: string; readonly sha256: string }[];
  };
}

describe("what krew installs", () => {
  const files = new Map(krewFiles(SOURCE));
  const archive = files.get("kubectl-kollect.tar.gz") as Buffer;
  const { spec } = parse(String(files.get("kollect.yaml"))) as Manifest;

  it("is the archive that the manifest names, by its address and its sum", () => {
    expect(spec.version).toBe("v1.2.3");
    expect(spec.platforms.map(({ uri, sha256 }) => [uri, sha256])).toEqual([
      [
        "https://git.example.com/platform/kollect/releases/download/v1.2.3/kubectl-kollect.tar.gz",
        createHash("sha256").update(archive).digest("hex"),
      ],
    ]);
  });

  it("is the same for the same source", () => {
    expect(new Map(krewFiles(SOURCE))).toEqual(files);
  });

  it("is unpacked by tar to an executable plugin and the licence", () => {
    const folder = mkdtempSync(join(tmpdir(), "kollect-krew-"));
    try {
      writeFileSync(join(folder, "archive.tar.gz"), archive);
      execFileSync("tar", ["-xzf", "archive.tar.gz"], { cwd: folder });
      expect(readFileSync(join(folder, "kubectl-kollect"))).toEqual(SOURCE.plugin);
      expect(statSync(join(folder, "kubectl-kollect")).mode & 0o777).toBe(0o755);
      expect(readFileSync(join(folder, "LICENSE"))).toEqual(SOURCE.license);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
