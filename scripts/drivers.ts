import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json";
import { interruptible, runMain } from "./run-main";

const root = join(import.meta.dirname, "..");

/** The packages whose newest release is tried, each with the suites that use it. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  pg: ["postgres"],
  mongodb: ["mongodb"],
  bson: ["mongodb"],
  kafkajs: ["kafka"],
  ssh2: ["git"],
  "isomorphic-git": ["git", "gitlab"],
  "@aws-sdk/client-s3": ["s3", "gcs"],
};

const USAGE = `Usage: npm run drivers [-- --only PACKAGE,…]

Tries the newest release of each driver that is newer than the one in package.json: installs it into a copy of this
checkout, checks the types, and runs the guard of deep imports and the contract suite of its backends. Prints what breaks,
and then ends with exit code 1. Nothing in this checkout changes.

  --only PACKAGE,…  only these: ${Object.keys(DRIVERS).join(", ")}
  --help            print this`;

const dependencies: Readonly<Record<string, string>> = manifest.dependencies;

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const node = (script: string, ...args: string[]): string[] => [process.execPath, script, ...args];

function stepsFor(suites: readonly string[]): Step[] {
  const vitest = (...args: string[]): string[] => node("node_modules/vitest/vitest.mjs", "run", ...args);
  return [
    { name: "types", command: node("node_modules/typescript/bin/tsc", "--project", "tsconfig.dev.json") },
    {
      name: "deep imports",
      command: vitest("--project", "checks", "test/project/driver-parts.test.ts"),
    },
    ...suites.map((suite) => ({
      name: `contract of ${suite}`,
      command: vitest("--project", "servers", `test/backends/${suite}-contract.test.ts`),
    })),
  ];
}

async function main(argv: string[]): Promise<void> {
  const options = { only: { type: "string" }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ args: argv, options });
  if (values.help) return console.log(USAGE);
  const names = values.only?.split(",") ?? Object.keys(DRIVERS);
  const unknown = names.filter((name) => !Object.hasOwn(DRIVERS, name));
  if (unknown.length > 0) throw new Error(`--only does not know ${unknown.join(", ")}. See --help`);
  await interruptible(async (signal) => {
    const broken: string[] = [];
    for (const name of names) broken.push(...(await tryDriver(name, signal)));
    console.log(broken.length === 0 ? "\nNothing breaks." : `\nBreaks:\n  ${broken.join("\n  ")}`);
    if (broken.length > 0) process.exitCode = 1;
  });
}

/** Returns what breaks with the newest release of one driver; nothing when it is the one that is installed. */
async function tryDriver(name: string, signal: AbortSignal): Promise<string[]> {
  const newest = newestRelease(name);
  if (newest === dependencies[name]) {
    console.log(`${name} ${newest} is the newest release, which \`npm test\` tries.`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "kollect-drivers-"));
  try {
    copyCheckout(folder);
    const install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${newest}`];
    const installed = await run({ name: "install", command: install }, folder, signal);
    if (!installed) return [`${name} ${newest}: cannot be installed`];
    await run({ name: "addons", command: node("scripts/remove-native-addons.mjs") }, folder, signal);
    const broken: string[] = [];
    for (const step of stepsFor(DRIVERS[name] ?? [])) {
      if (!(await run(step, folder, signal))) broken.push(`${name} ${newest}: ${step.name}`);
    }
    return broken;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function newestRelease(name: string): string {
  return execFileSync("npm", ["view", name, "version"], {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  }).trim();
}

/** What Git has of this checkout, as it is on the disk now. */
function copyCheckout(folder: string): void {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", list, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  for (const file of files.split("\0").filter(Boolean)) cpSync(join(root, file), join(folder, file));
}

/** Whether the step ends with exit code 0. Its output goes to the terminal. */
async function run({ name, command }: Step, cwd: string, signal: AbortSignal): Promise<boolean> {
  console.log(`\n# ${name}: ${command.slice(1).join(" ")}`);
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd, stdio: "inherit", signal, killSignal: "SIGTERM" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}

runMain(main);
