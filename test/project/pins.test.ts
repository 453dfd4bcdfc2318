import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import framework from "pepr/package.json";
import { describe, expect, it } from "vitest";
import { NODE_VERSIONS } from "../../lab/servers/tools/node";
import pkg from "../../package.json";
import renovate from "../../renovate.json";
import { page, ROOT } from "./markdown";

const OWN: Readonly<Record<string, string>> = { ...pkg.dependencies, ...pkg.devDependencies };
const PEERS: Readonly<Record<string, string>> = framework.peerDependencies;
const SHARED: Readonly<Record<string, string>> = framework.dependencies;
const FOLLOWING: Readonly<Record<string, string>> = { "@eslint/js": "eslint" };

/** Packages that the rule with this description leaves alone. */
function leftAlone(description: RegExp): readonly string[] {
  const rules = renovate.packageRules.filter((rule) => rule.enabled === false);
  return rules.find((rule) => description.test(rule.description))?.matchPackageNames ?? [];
}

describe("versions that the framework decides on", () => {
  it("are those that it asks for, and updates leave exactly them alone", () => {
    const own = Object.fromEntries(Object.keys(PEERS).map((name) => [name, OWN[name]]));
    expect(own).toEqual(PEERS);
    expect(leftAlone(/asks for exactly/)).toEqual(Object.keys(PEERS).sort());
  });

  it.each(leftAlone(/depends on exactly/))("are the ones that it depends on: %s", (name) => {
    const wanted = { "typescript-eslint": "@typescript-eslint/parser", ...FOLLOWING }[name] ?? name;
    expect(OWN[name]).toBe(SHARED[wanted]);
  });

  it("are all named by docs/dependencies.md", () => {
    const { text } = page("docs/dependencies.md");
    const named = [...leftAlone(/asks for exactly/), ...leftAlone(/depends on exactly/)];
    expect(named.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("workflows", () => {
  const folder = join(ROOT, ".github/workflows");
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));

  it("pin each action by the hash of a commit, and say its version", () => {
    const uses = texts.flatMap((text) => [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action));
    expect(uses.length).toBeGreaterThan(5);
    for (const action of uses) expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("hold no secret but the job's own token, which no fetched source keeps", () => {
    for (const text of texts) {
      expect(text).not.toMatch(/\bsecrets\./);
      expect(text.match(/persist-credentials: false/g)?.length).toBe(
        text.match(/actions\/checkout@/g)?.length,
      );
    }
  });
});

describe("versions of Node.js", () => {
  it("are said alike by package.json, README and the Dockerfile", () => {
    const lines = NODE_VERSIONS.map((version) => version.split(".")[0] ?? "");
    for (const line of lines) expect(pkg.engines.node).toMatch(new RegExp(`\\b${line}\\.`));
    expect(page("README.md").text).toContain("Node.js 20.19, 22, 24 or 26");
    const base = /FROM node:(\d+)\./.exec(readFileSync(join(ROOT, "Dockerfile"), "utf8"))?.[1];
    expect(lines).toContain(base);
  });
});
