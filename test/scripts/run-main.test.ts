import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kollect-script-"));
  // Compiled once, because each process would take half a second to compile it.
  buildSync({
    entryPoints: [join(ROOT, "scripts/run-main.ts")],
    outfile: join(folder, "run-main.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** Runs a script whose `main` has this body; it is sent `signal` as soon as it has printed something. */
async function run(body: string, signal?: NodeJS.Signals): Promise<Ended> {
  const file = join(folder, "script.mjs");
  writeFileSync(
    file,
    `import { aborted, interruptible, runMain } from "./run-main.mjs";
     void [aborted, interruptible];
     runMain(async (args) => { ${body} });`,
  );
  const child = spawn(process.execPath, [file, "one", "two"], { cwd: ROOT });
  if (signal) child.stdout.once("data", () => child.kill(signal));
  const [[code], out, errors] = await Promise.all([
    once(child, "close") as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, out, errors };
}

/** Waits for a signal, with something that keeps the process alive, and says what came of it. */
const waiting = (then: string): string => `
  const finished = await interruptible(async (signal) => {
    const alive = setInterval(() => undefined, 1000);
    console.log("waiting");
    await aborted(signal);
    clearInterval(alive);
    ${then}
  });
  console.log(finished ? "finished" : "interrupted");`;

it("passes the arguments, and ends with 0", async () => {
  expect(await run("console.log(args.join());")).toEqual({ code: 0, out: "one,two\n", errors: "" });
});

it("prints an error with its causes, and ends with 1", async () => {
  const body = `throw new Error("no cluster", { cause: new Error("no etcd") });`;
  expect(await run(body)).toEqual({ code: 1, out: "", errors: "no cluster\nno etcd\n" });
});

it("prints an error that has nothing to do with an interruption", async () => {
  const body = `await interruptible(async () => { throw new Error("no cluster"); });`;
  expect(await run(body)).toMatchObject({ code: 1, errors: "no cluster\n" });
});

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "cleans up and ends with 130 when %s interrupts it",
  async (name) => {
    const ended = await run(waiting("throw signal.reason;"), name);
    expect(ended).toEqual({ code: 130, out: "waiting\ninterrupted\n", errors: "" });
  },
);

it("ends with 0 when the signal only says that it is enough", async () => {
  expect(await run(waiting(""), "SIGINT")).toEqual({ code: 0, out: "waiting\nfinished\n", errors: "" });
});
