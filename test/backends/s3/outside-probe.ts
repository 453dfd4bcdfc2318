import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";
import { s3Probe } from "../../../capabilities/probes/s3/probe";
import { runCase, type ProbeCase } from "../../../lab/backends/run-case";

type Opener = (path: unknown, ...rest: unknown[]) => unknown;

const opened: string[] = [];
const dialled: string[] = [];

/** Notes each file that is opened by its path; what is opened by a number has been noted before. */
function noteFiles(from: object, names: readonly string[]): void {
  const functions = from as Record<string, Opener>;
  for (const name of names) {
    const original = functions[name] as Opener;
    functions[name] = function (this: unknown, path, ...rest) {
      if (typeof path !== "number") opened.push(String(path));
      return original.call(this, path, ...rest);
    };
  }
}

function noteAddresses(): void {
  const prototype = Socket.prototype as unknown as { connect: (...args: unknown[]) => unknown };
  const original = prototype.connect;
  prototype.connect = function (this: unknown, ...args) {
    const [options] = args.flat() as { host?: string; port?: number }[];
    dialled.push(`${options?.host}:${options?.port}`);
    return original.apply(this, args);
  };
}

/** What is read to run the probe itself: its sources, packages, and what tsx has compiled of them. */
const OWN_CODE = /node_modules|\/(substitutes|capabilities|tsx-\d+)\/|package\.json$/;

/** Probes a sink in a process of its own, and tells what it opened and dialled beside its own code. */
async function main(input: string): Promise<void> {
  noteFiles(fs, ["open", "openSync", "readFile", "readFileSync", "createReadStream"]);
  noteFiles(fs.promises, ["open", "readFile"]);
  syncBuiltinESMExports();
  noteAddresses();
  const report = await runCase(s3Probe, JSON.parse(input) as ProbeCase);
  const files = opened.filter((path) => !OWN_CODE.test(path));
  process.stdout.write(JSON.stringify({ report, files, dialled }));
}

void main(process.argv[2] ?? "{}");
