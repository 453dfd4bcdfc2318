import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "./markdown";

const run = promisify(execFile);

/** One file that imports one thing, and the rule that refuses it; none when it is allowed. */
const IMPORTS: readonly { readonly from: string; readonly what: string; readonly rule?: string }[] = [
  { from: "capabilities/api/a.ts", what: "../domain/ports", rule: "api-reaches-up" },
  { from: "capabilities/domain/a.ts", what: "../api/vocabulary" },
  { from: "capabilities/domain/b.ts", what: "../runtime/slots", rule: "domain-reaches-up" },
  { from: "capabilities/domain/c.ts", what: "node:fs", rule: "domain-does-no-input-or-output" },
  { from: "capabilities/domain/d.ts", what: "../config", rule: "domain-reaches-up" },
  { from: "capabilities/probes/postgres/a.ts", what: "../../domain/ports" },
  { from: "capabilities/probes/postgres/b.ts", what: "pg" },
  {
    from: "capabilities/probes/postgres/c.ts",
    what: "../../resolve/resolve-sink",
    rule: "probes-reaches-up",
  },
  { from: "capabilities/probes/kafka/a.ts", what: "pg", rule: "driver-outside-probes-postgres" },
  { from: "capabilities/probes/kafka/b.ts", what: "../postgres/b", rule: "probes-know-no-other-probe" },
  { from: "capabilities/probes/gitlab/a.ts", what: "../git/a" },
  { from: "capabilities/probes/gcs/a.ts", what: "../s3/a" },
  { from: "capabilities/probes/gcs/b.ts", what: "../git/a", rule: "probes-know-no-other-probe" },
  { from: "capabilities/probes/s3/a.ts", what: "@smithy/signature-v4" },
  { from: "capabilities/probes/git/a.ts", what: "ssh2" },
  { from: "capabilities/probes/git/b.ts", what: "isomorphic-git" },
  { from: "capabilities/probes/kafka/c.ts", what: "isomorphic-git", rule: "driver-outside-probes-git" },
  { from: "capabilities/wiring-files.ts", what: "./manifests/files", rule: "module-writes-no-files" },
  { from: "capabilities/probes/net/a.ts", what: "../postgres/b", rule: "net-knows-no-probe" },
  { from: "capabilities/probes/a.ts", what: "pg", rule: "driver-outside-probes-postgres" },
  { from: "capabilities/probes/b.ts", what: "../pepr-user", rule: "probes-reaches-up" },
  {
    from: "capabilities/resolve/a.ts",
    what: "../probes/postgres/b",
    rule: "resolve-knows-only-the-probe-interface",
  },
  {
    from: "capabilities/resolve/b.ts",
    what: "../probes/probe",
    rule: "resolve-takes-only-types-from-probes",
  },
  { from: "capabilities/runtime/a.ts", what: "pepr", rule: "framework-outside-the-wiring" },
  { from: "capabilities/runtime/kube/a.ts", what: "@kubernetes/client-node" },
  { from: "capabilities/runtime/b.ts", what: "vitest", rule: "development-package-in-the-module" },
  { from: "capabilities/runtime/c.ts", what: "undici", rule: "undeclared-package" },
  { from: "capabilities/pepr-user.ts", what: "pepr" },
  { from: "capabilities/wiring.ts", what: "../test/support/pki", rule: "module-needs-tests-or-scripts" },
];

/** What the imports above lead to. */
const TARGETS = [
  "capabilities/api/vocabulary.ts",
  "capabilities/config.ts",
  "capabilities/domain/ports.ts",
  "capabilities/manifests/files.ts",
  "capabilities/probes/probe.ts",
  "capabilities/resolve/resolve-sink.ts",
  "capabilities/runtime/slots.ts",
  "test/support/pki.ts",
];

interface Cruise {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

describe("the rules about imports", () => {
  let folder: string;
  let violations: Map<string, string[]>;

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "kollect-layers-")));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    symlinkSync(join(ROOT, "package.json"), join(folder, "package.json"));
    for (const path of TARGETS) write(path, "export const thing = 1;\n");
    for (const { from, what } of IMPORTS) {
      write(from, `import * as other from "${what}";\nexport const thing: unknown = other;\n`);
    }
    write(
      "capabilities/runtime/one.ts",
      'import type { Other } from "./other";\nexport type One = Other[];\n',
    );
    write(
      "capabilities/runtime/other.ts",
      'import type { One } from "./one";\nexport type Other = One | 1;\n',
    );
    violations = await cruise();
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  async function cruise(): Promise<Map<string, string[]>> {
    const bin = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    const args = [
      bin,
      "--config",
      join(ROOT, ".dependency-cruiser.mjs"),
      "--output-type",
      "json",
      "capabilities",
    ];
    const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 });
    const found = new Map<string, string[]>();
    for (const { from, rule } of (JSON.parse(stdout) as Cruise).summary.violations) {
      found.set(from, [...(found.get(from) ?? []), rule.name]);
    }
    return found;
  }

  it.each(IMPORTS)("$from, which imports $what: $rule", ({ from, rule }) => {
    expect(violations.get(from) ?? []).toEqual(rule === undefined ? [] : expect.arrayContaining([rule]));
  });

  it("refuse a cycle, also of types alone", () => {
    expect(violations.get("capabilities/runtime/one.ts")).toEqual(["no-cycles"]);
  });
});
