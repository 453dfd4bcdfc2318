import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type FailureError } from "../../../capabilities/domain/failure";
import { PROBES, probeFor } from "../../../capabilities/probes/registry";

const FOLDER = join("capabilities", "probes");

describe("registry", () => {
  it("has every probe that has a folder", () => {
    const folders = readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(FOLDER, entry.name, "probe.ts")))
      .map(({ name }) => name);
    expect(folders.filter((name) => !Object.hasOwn(PROBES, name))).toEqual([]);
    expect(folders).toContain("postgres");
  });
  it("has every probe under its own type", () => {
    for (const [type, probe] of Object.entries(PROBES)) expect(probe.type).toBe(type);
  });
  it.each(["oracle", "", "constructor", "__proto__", "POSTGRES", "x\n".repeat(500)])(
    "reports InvalidConfiguration for type %j and names the supported ones",
    (type) => {
      let failure: FailureError["failure"] | undefined;
      try {
        probeFor(type);
      } catch (error) {
        failure = (error as FailureError).failure;
      }
      expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause: "InvalidConfiguration" });
      expect(failure?.message).toMatch(/spec\.type is .*Supported: .*postgres/);
      expect(failure?.message).not.toMatch(/\p{Cc}/u);
    },
  );
});
