import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkPrerequisites, clusterPrerequisites, nodeProblem } from "../../lab/prerequisites";

describe("the check of prerequisites", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kollect-prerequisites-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function program(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  const check = (...needs: Parameters<typeof checkPrerequisites>[0]): Promise<void> =>
    checkPrerequisites(needs, { PATH: folder });

  it("names everything that is missing at once, one line each", async () => {
    program("java", "echo 'openjdk 11.0.2 2019-01-15'");
    program("mvn", "exit 1");
    const problem = await check("node", "npm", "git", "go", "java", "maven").catch(String);
    expect(String(problem).split("\n")).toEqual([
      "Error: npm is needed, but there is no npm on the PATH.",
      "Git is needed, but there is no git on the PATH.",
      expect.stringMatching(
        /^The control plane is built with Go 1\.\d+\.\d+ or newer.* no go on the PATH\.$/,
      ),
      "Java 17 or newer is needed, but the java on the PATH is 11.0.2.",
      "Maven is needed, but mvn --version fails.",
    ]);
  });

  it("is content with what is there and new enough", async () => {
    program("git", "echo 'git version 2.39.5'");
    program("java", "echo 'openjdk 17.0.17 2025-10-21'");
    program("go", "printf 'go1.99.0\\nlinux\\namd64\\n'");
    await expect(check("node", "git", "java", "go")).resolves.toBeUndefined();
  });

  it.each([
    { version: "18.20.4", problem: "Node.js 20.19.0 or newer is needed, but this is 18.20.4." },
    { version: "20.18.3", problem: "Node.js 20.19.0 or newer is needed, but this is 20.18.3." },
    { version: "20.19.0", problem: undefined },
    { version: "24.1.0", problem: undefined },
  ])("says of Node.js $version: $problem", ({ version, problem }) => {
    expect(nodeProblem(version)).toBe(problem);
  });

  it.each([
    { argv: [], env: {}, needs: ["node", "go"] },
    { argv: [], env: { KUBECONFIG: "/etc/admin.conf" }, needs: ["node", "go"] },
    { argv: [], env: { KUBEBUILDER_ASSETS: "/opt/assets" }, needs: ["node"] },
    { argv: ["--context", "kind-dev"], env: {}, needs: ["node"] },
  ])("needs $needs for a cluster with $argv and $env", ({ argv, env, needs }) => {
    expect(clusterPrerequisites(argv, env)).toEqual(needs);
  });
});
