import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import lock from "../../package-lock.json";
import pkg from "../../package.json";
import { ROOT } from "./markdown";

/** Licences that ask for no more than that they are kept with the copy. SPDX identifiers. */
const PERMISSIVE = new Set([
  ...[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "ISC",
    "MIT",
    "Unlicense",
    "Zlib",
  ],
  "Python-2.0",
]);

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  /** A folder of this repository. */
  readonly link?: boolean;
}

/** Whatever `npm ci --omit=dev` installs. */
const shipped = Object.entries(lock.packages as Record<string, Locked>).filter(
  ([path, { dev, link }]) => path.startsWith("node_modules/") && !dev && !link,
);

/** The lockfile's word, or the package's own where the registry left it out. */
function licenceOf(path: string, { license }: Locked): string {
  if (license) return license;
  const { license: own, licenses } = JSON.parse(readFileSync(join(ROOT, path, "package.json"), "utf8")) as {
    license?: string;
    licenses?: readonly { readonly type: string }[];
  };
  return own ?? licenses?.map(({ type }) => type).join(" AND ") ?? "none";
}

/** Of alternatives one is enough; of licences that hold together each has to be permissive. */
function isPermissive(expression: string): boolean {
  const alternatives = expression.replace(/^\(|\)$/g, "").split(" OR ");
  return alternatives.some((all) => all.split(" AND ").every((licence) => PERMISSIVE.has(licence)));
}

describe("the packages that ship", () => {
  it("are many, so that the list is the right one", () => {
    expect(shipped.length).toBeGreaterThan(100);
    for (const [name, version] of Object.entries(pkg.dependencies)) {
      if (!version.startsWith("file:"))
        expect(shipped.map(([path]) => path)).toContain(`node_modules/${name}`);
    }
  });

  // scripts/remove-native-addons.mjs removes it after every install.
  const removed = new Set(["node_modules/cpu-features"]);

  it.each(shipped.filter(([path]) => !removed.has(path)))("have a permissive licence: %s", (path, locked) => {
    const licence = licenceOf(path, locked);
    expect(isPermissive(licence), licence).toBe(true);
  });

  it.each(["GPL-3.0", "AGPL-3.0-only", "(MIT AND GPL-2.0)", "SSPL-1.0", "UNLICENSED", "none", "BUSL-1.1"])(
    "could not have the licence %s",
    (licence) => {
      expect(isPermissive(licence)).toBe(false);
    },
  );

  it("are pinned to what was reviewed", () => {
    for (const [path, { integrity }] of shipped) expect(integrity, path).toMatch(/^sha512-/);
    for (const version of Object.values(pkg.dependencies))
      expect(version).toMatch(/^(\d+\.\d+\.\d+|file:substitutes\/[\w.-]+)$/);
  });
});
