import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureControlPlaneBinary } from "../../lab/control-plane/build";
import { isOlder } from "../../lab/control-plane/go-toolchain";

describe("the build of the control plane", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kollect-go-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("says in one line that there is no Go, and which is needed", async () => {
    const built = ensureControlPlaneBinary({ env: { PATH: folder, KOLLECT_CACHE_DIR: folder } });
    await expect(built).rejects.toThrow(
      /^The control plane is built with Go 1\.\d+\.\d+ or newer.*there is no go/,
    );
  });

  it("says in one line that the Go is too old, and which is needed", async () => {
    writeFileSync(join(folder, "go"), "#!/bin/sh\nprintf 'go1.22.1\\nlinux\\namd64\\n'\n", { mode: 0o755 });
    const built = ensureControlPlaneBinary({ env: { PATH: folder, KOLLECT_CACHE_DIR: folder } });
    await expect(built).rejects.toThrow(
      /^The control plane is built with Go 1\..* but the go on the PATH is go1\.22\.1\.$/,
    );
  });
});

describe("the Go version", () => {
  it.each([
    { version: "go1.26.8", required: "1.26.0", older: false },
    { version: "go1.26.0", required: "1.26.0", older: false },
    { version: "go1.26", required: "1.26.0", older: false },
    { version: "go1.25.12", required: "1.26.0", older: true },
    { version: "go1.26.1", required: "1.26.2", older: true },
    { version: "go2.0", required: "1.26.0", older: false },
    { version: "devel go1.27-abcdef", required: "1.26.0", older: false },
  ])("$version is older than $required: $older", ({ version, required, older }) => {
    expect(isOlder(version, required)).toBe(older);
  });
});
