import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectionTest } from "../../../lab/drafts";
import { runCommand } from "../../../lab/operator/run-command";
import { buildPlugin, type Plugin } from "../../cli/plugin";
import { EXECUTED, type Executed } from "../../fixtures/documented/executed";
import { startScene, type Scene } from "../../e2e/scene/scene";
import { openWorkspace, type Workspace } from "./workspace";

const TIMEOUT_MS = 150_000;

/** What the words in capitals of docs/troubleshooting.md stand for. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/\bNAMESPACE\b/g, "default"],
  [/\bNAME\b/g, "postgres-sink-probe"],
  [/\bSECRET\b/g, "postgres-inventory-dsn"],
];

let scene: Scene | undefined;
let plugin: Plugin | undefined;
let workspace: Workspace | undefined;

beforeAll(async () => {
  [scene, plugin] = await Promise.all([
    startScene({ deployed: true, env: { KOLLECT_GRACE_SECONDS: "1" } }),
    buildPlugin(),
  ]);
  workspace = await openWorkspace(scene, plugin);
  // For `rerun --failed`.
  await scene.verdict(await scene.objects.create(connectionTest("default", "no-sink", "none")));
});

afterAll(async () => {
  workspace?.remove();
  plugin?.remove();
  await scene?.stop();
});

/** Runs it by bash, word for word but for the words in capitals, and prints its exit code at the end. */
async function run({ command, in: where = "." }: Executed): Promise<string> {
  const { folder = "", env = {} } = workspace ?? {};
  const named = NAMED.reduce((text, [word, value]) => text.replace(word, value), command);
  const script = `set -o pipefail; ( ${named}\n) 2>&1; echo "exit $?"`;
  return runCommand({
    ...{ command: "bash", args: ["--noprofile", "--norc", "-c", script], env, timeoutMs: TIMEOUT_MS },
    cwd: join(folder, where),
  });
}

describe("a command of the docs", () => {
  // One after the other: each may need what one before it has made.
  it.each(EXECUTED)("does what its page says: $command", async (executed) => {
    const { exits = 0, prints, writes } = executed;
    const printed = await run(executed);
    const [, output = "", code] = /^([^]*?)\n?exit (\d+)\n$/.exec(printed) ?? [];
    expect(code, printed).toBe(String(exits));
    if (prints) expect(output).toMatch(prints);
    if (writes) expect(existsSync(join(workspace?.folder ?? "", writes)), writes).toBe(true);
  });
});
