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
  { from: "capabilities/domain/b.ts", what: "../scheduler/slots", rule: "domain-reaches-up" },
  { from: "capabilities/domain/c.ts", what: "node:fs", rule: "domain-does-no-input-or-output" },
  { from: "capabilities/domain/d.ts", what: "../config/options", rule: "domain-reaches-up" },
  { from: "capabilities/probes/postgres/a.ts", what: "../../domain/ports" },
  { from: "capabilities/probes/postgres/b.ts", what: "pg" },
  {
    from: "capabilities/probes/postgres/c.ts",
    what: "../../resolve/resolve-sink",
    rule: "probes-reaches-up",
  },
  { from: "capabilities/probes/kafka/a.ts", what: "pg", rule: "driver-outside-probes-postgres" },
  { from: "capabilities/probes/nats/a.ts", what: "yaml", rule: "driver-unnamed-by-probes-nats" },
  { from: "capabilities/probes/kafka/b.ts", what: "../postgres/b", rule: "probes-know-no-other-probe" },
  { from: "capabilities/probes/gitlab/a.ts", what: "../git/a" },
  { from: "capabilities/probes/gcs/a.ts", what: "../s3/a" },
  { from: "capabilities/probes/gcs/b.ts", what: "../git/a", rule: "probes-know-no-other-probe" },
  { from: "capabilities/probes/s3/a.ts", what: "@aws-sdk/client-s3" },
  { from: "capabilities/probes/git/a.ts", what: "ssh2" },
  { from: "capabilities/probes/git/b.ts", what: "isomorphic-git" },
  { from: "capabilities/probes/kafka/c.ts", what: "isomorphic-git", rule: "driver-outside-probes-git" },
  { from: "capabilities/wiring-files.ts", what: "../generate/files", rule: "module-needs-its-tools" },
  { from: "capabilities/lib/a.ts", what: "../api/vocabulary", rule: "lib-reaches-up" },
  { from: "capabilities/config/a.ts", what: "../domain/ports" },
  { from: "capabilities/records/a.ts", what: "../scheduler/slots", rule: "records-reaches-up" },
  { from: "capabilities/scheduler/a.ts", what: "../pepr-user", rule: "scheduler-reaches-up" },
  { from: "capabilities/framework/a.ts", what: "../pepr-user", rule: "framework-reaches-up" },
  { from: "capabilities/framework/b.ts", what: "pepr" },
  { from: "capabilities/probes/net/a.ts", what: "../postgres/b", rule: "net-knows-no-probe" },
  { from: "capabilities/probes/secrets/a.ts", what: "../postgres/b", rule: "shared-knows-no-probe" },
  { from: "capabilities/probes/google/a.ts", what: "../postgres/b", rule: "shared-knows-no-probe" },
  { from: "capabilities/probes/kafka/d.ts", what: "../secrets/a" },
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
  { from: "capabilities/scheduler/b.ts", what: "pepr", rule: "framework-outside-the-wiring" },
  { from: "capabilities/kube/a.ts", what: "@kubernetes/client-node" },
  { from: "capabilities/health/b.ts", what: "vitest", rule: "development-package-in-the-module" },
  { from: "capabilities/health/c.ts", what: "undici", rule: "undeclared-package" },
  { from: "capabilities/pepr-user.ts", what: "pepr" },
  { from: "capabilities/wiring.ts", what: "../lab/pki", rule: "module-needs-its-tools" },
  { from: "lab/a.ts", what: "../test/a.test", rule: "tools-need-tests" },
  { from: "lab/b.ts", what: "../cli/a", rule: "cli-is-imported" },
];

/** What the imports above lead to. */
const TARGETS = [
  "capabilities/api/vocabulary.ts",
  "capabilities/config/options.ts",
  "capabilities/domain/ports.ts",
  "generate/files.ts",
  "capabilities/probes/probe.ts",
  "capabilities/resolve/resolve-sink.ts",
  "capabilities/scheduler/slots.ts",
  "lab/pki.ts",
  "test/a.test.ts",
  "cli/a.ts",
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
      "capabilities/health/one.ts",
      'import type { Other } from "./other";\nexport type One = Other[];\n',
    );
    write(
      "capabilities/health/other.ts",
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
      "lab",
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
    expect(violations.get("capabilities/health/one.ts")).toEqual(["no-cycles"]);
  });
});
