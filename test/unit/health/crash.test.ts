import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failed } from "../../../capabilities/domain/failure";
import { crashLine } from "../../../capabilities/health/crash";
import { CANARY, expectNoTrace } from "../../security/hostile";

const FORGED = `${CANARY}\n    at ${CANARY} (/app/${CANARY}.js:1:1)\n{"audit":true,"msg":"${CANARY}"}`;

function driverError(): Error {
  const error = new Error(FORGED);
  const request = { headers: { authorization: `Basic ${Buffer.from(`u:${CANARY}`).toString("base64")}` } };
  return Object.assign(error, { name: CANARY, code: CANARY, detail: CANARY, [CANARY]: 1, request });
}

function renamed(): Error {
  const error = new Error(FORGED);
  error.message = "is another now";
  return error;
}

const hidden = { value: CANARY, enumerable: false };

const ERRORS: ReadonlyArray<readonly [what: string, error: unknown]> = [
  ["a driver's error", driverError()],
  ["ours around a driver's", failed("AuthenticationFailed", "It refused.", driverError())],
  ["a chain of causes", new Error("a", { cause: new TypeError(FORGED, { cause: driverError() }) })],
  ["several at once", new AggregateError([driverError(), renamed(), CANARY], FORGED)],
  ["one whose message was changed", renamed()],
  ["one of a class that is named so", new { [CANARY]: class extends Error {} }[CANARY](CANARY)],
  ["one with hidden properties", Object.defineProperty(new Error("a"), "password", hidden)],
  ["a text", CANARY],
  ["an object", { [CANARY]: CANARY, message: CANARY, stack: FORGED, toString: () => CANARY }],
  ["nothing", undefined],
];

describe("the last line of the process", () => {
  it.each(ERRORS)("shows nothing of %s but class, code and place", (_what, error) => {
    const line = crashLine(error, "uncaughtException", 7);

    expectNoTrace(line);
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toMatchObject({ level: 60, time: 7, origin: "uncaughtException" });
  });

  it("says where it happened", () => {
    const { errors } = JSON.parse(crashLine(new RangeError("x"), "uncaughtException", 0)) as {
      errors: { name: string; at: string[] }[];
    };

    expect(errors[0]?.name).toBe("RangeError");
    expect(errors[0]?.at[0]).toContain("crash.test.ts");
  });

  it("keeps what Node's own would have shown to itself", () => {
    expect(inspect(driverError())).toContain(CANARY);
  });
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kollect-crash-"));
  // Compiled once, because each process would take half a second to compile it.
  buildSync({
    entryPoints: [join(import.meta.dirname, "../../../capabilities/health/crash.ts")],
    outfile: join(folder, "crash.cjs"),
    bundle: true,
    platform: "node",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ["is thrown and not caught", "setTimeout(() => { throw error; })"],
  ["rejects a promise without a handler", "void Promise.reject(error)"],
  ["is emitted by a socket without a listener", 'new Socket().emit("error", error)'],
  ["is thrown while the process starts", "throw error"],
])("an error that %s", (_what, crash) => {
  it("ends the process with one line that shows nothing of it", () => {
    const script = `
      const { Socket } = require("node:net");
      const { endOnCrash } = require("./crash.cjs");
      endOnCrash(process, { now: () => 7 });
      const error = Object.assign(new Error("${CANARY}", { cause: new Error("${CANARY}") }), { sent: "${CANARY}" });
      setInterval(() => undefined, 1000);
      ${crash};
    `;
    const options = { cwd: folder, encoding: "utf8", timeout: 60_000 } as const;

    const { status, stdout, stderr } = spawnSync(process.execPath, ["--eval", script], options);

    expectNoTrace(stdout + stderr);
    expect(
      stderr
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { level: number }).level),
    ).toEqual([60]);
    expect(status).toBe(1);
  }, 90_000);
});
