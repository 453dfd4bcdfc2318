import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testEnvironment } from "../../scripts/test-environment";
import { serverFiles, SERVERS } from "../../scripts/test-servers";
import { TALLY_FILE, type TestTally } from "../../scripts/test-reporter";
import { ROOT } from "./markdown";

const run = promisify(execFile);

describe("the environment of the tests", () => {
  it.each([
    "HTTPS_PROXY",
    "http_proxy",
    "NO_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "KUBECONFIG",
    "KUBEBUILDER_ASSETS",
    "KUBERNETES_SERVICE_HOST",
    "PGPASSWORD",
    "MONGODB_URI",
    "NATS_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KOLLECT_ALLOW_CIDRS",
    "PEPR_MODE",
  ])("does not have the person's %s", (name) => {
    expect(testEnvironment({ [name]: "value" })).toEqual({});
  });

  it.each(["PATH", "HOME", "CI", "TMPDIR", "GOPROXY", "KOLLECT_CACHE_DIR", "XDG_CACHE_HOME"])(
    "keeps %s",
    (name) => {
      expect(testEnvironment({ [name]: "value" })).toEqual({ [name]: "value" });
    },
  );
});

describe("the servers of the tests", () => {
  const files = serverFiles()
    .filter((name) => !["built.ts", "debian.ts", "go-program.ts", "npm-package.ts"].includes(basename(name)))
    .map((name) => ({ name, text: readFileSync(join(SERVERS, name), "utf8") }))
    .filter(({ text }) =>
      /\b(goProgram|ownGoProgram|npmPackage|ensureBuilt|debianPrograms|possibleDebianPrograms)\(/.test(text),
    );

  it.each(files)("$name exports install, so that npm test can run it before the tests", ({ text }) => {
    expect(text).toMatch(/export (async )?function install\(|export \{ \w+ as install \}/);
  });
});

describe("the tally of a run", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kollect-tally-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function tallyOf(files: Readonly<Record<string, string>>): Promise<TestTally> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const file = join(folder, "tally.json");
    const reporter = join(ROOT, "scripts/test-reporter.ts");
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--globals", "--root", folder, `--reporter=${reporter}`];
    const env = { PATH: process.env.PATH, HOME: folder, [TALLY_FILE]: file };
    await run(process.execPath, args, { cwd: folder, env }).catch(() => undefined); // a failed run has a tally too
    return JSON.parse(readFileSync(file, "utf8")) as TestTally;
  }

  it("counts each outcome once and gives the reason of each skip", { timeout: 30_000 }, async () => {
    const tally = await tallyOf({
      "outcomes.test.js": `
        it("passes", () => {});
        it("fails", () => { throw new Error("no"); });
        it("is skipped with a reason", ({ skip }) => skip("there is no such server here"));
        it.skip("is skipped without one", () => {});
        it.todo("is to come");
        describe("a suite without its server", () => {
          beforeAll(() => { throw new Error("no server"); });
          it("never runs", () => {});
        });`,
      "broken.test.js": "throw new Error('cannot be loaded');",
    });
    expect(tally).toEqual({
      passed: 1,
      failed: 3,
      skipped: [
        { name: "outcomes.test.js > is skipped with a reason", reason: "there is no such server here" },
        { name: "outcomes.test.js > is skipped without one", reason: "no reason is given" },
        { name: "outcomes.test.js > is to come", reason: "still to be written" },
        {
          name: "outcomes.test.js > a suite without its server > never runs",
          reason: "its suite could not be set up",
        },
      ],
    });
  });
});
