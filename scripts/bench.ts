import { writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBench, type Bench, type BenchCase, type StandaloneCase } from "../lab/bench/bench";
import { CASES } from "../lab/bench/cases/index";
import { peerCase } from "../lab/bench/cases/peer";
import { measureOthers } from "../lab/bench/processor-time";
import { caseTable, judge, missed, type CaseResult, type Measure } from "../lab/bench/report";
import { checkPrerequisites, clusterPrerequisites } from "../lab/prerequisites";
import { aborted, interruptible, runMain } from "./run-main";

const USAGE = `Usage: npm run bench [-- --only CASE,… | --long] [--peer 'PROGRAM ARGS'] [--json FILE] [--check]

Starts a Kubernetes API server, a PostgreSQL server and the operator on free ports of loopback, measures, and prints
every number beside its target. docs/benchmarks.md says what the numbers mean.

  --only CASE,…  only these: ${Object.keys(CASES).join(", ")}
  --long         also those that take long: ${longCases().join(", ")}
  --peer COMMAND then the same load on this operator and on another one for the same kind: a command line of a program
                 that finds the API server by the variable KUBECONFIG. It takes the watcher's place; the admission
                 process stays
  --json FILE    where the numbers go as JSON; a new file in the temporary folder by default
  --check        end with exit code 1 when a target is missed
  --help         print this`;

type AnyCase = BenchCase | StandaloneCase;

function longCases(): string[] {
  return Object.keys(CASES).filter((name) => CASES[name]?.long);
}

async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: "string" },
      long: { type: "boolean", default: false },
      peer: { type: "string" },
      json: { type: "string", default: join(tmpdir(), `kollect-bench-${Date.now()}.json`) },
      check: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(USAGE);
  const cases = { ...pick(chosen(values.only, values.long)), ...peers(values.peer) };
  if (!Object.values(cases).every(isStandalone)) {
    await checkPrerequisites(clusterPrerequisites([], process.env));
  }
  const finished = await interruptible(async (signal) => {
    const results = await measure(cases, signal);
    writeFileSync(values.json, `${JSON.stringify(document(results), undefined, 2)}\n`);
    console.log(`\nThe numbers as JSON: ${values.json}`);
    if (failed(results) || (values.check && missed(results))) process.exitCode = 1;
  });
  if (!finished) console.log("Interrupted. Nothing is left running.");
}

function failed(results: readonly CaseResult[]): boolean {
  return results.some(({ error }) => error !== undefined);
}

function peers(commandLine: string | undefined): Record<string, BenchCase> {
  return commandLine === undefined ? {} : { peer: peerCase(commandLine) };
}

function chosen(only: string | undefined, long: boolean): string[] {
  if (only === undefined) return Object.keys(CASES).filter((name) => long || !CASES[name]?.long);
  const names = only.split(",");
  const unknown = names.filter((name) => !Object.hasOwn(CASES, name));
  if (unknown.length === 0) return names;
  throw new Error(`--only does not know ${unknown.join(", ")}. Known: ${Object.keys(CASES).join(", ")}`);
}

function pick(names: readonly string[]): Record<string, AnyCase> {
  return Object.fromEntries(Object.entries(CASES).filter(([name]) => names.includes(name)));
}

function isStandalone(wanted: AnyCase): wanted is StandaloneCase {
  return "standalone" in wanted;
}

async function measure(cases: Readonly<Record<string, AnyCase>>, signal: AbortSignal): Promise<CaseResult[]> {
  const setting = { log: (line: string) => console.log(line), signal };
  let bench: Bench | undefined;
  const interrupted = aborted(signal).then(() => Promise.reject(signal.reason));
  interrupted.catch(() => undefined); // it may come while no case is awaited
  const run = async (name: string, wanted: AnyCase): Promise<CaseResult> => {
    if (isStandalone(wanted)) {
      const result = await runCase(name, () => wanted.run(setting));
      signal.throwIfAborted();
      return result;
    }
    const started = (bench ??= await startBench(setting));
    return Promise.race([runCase(name, () => wanted.run(started)), interrupted]);
  };
  const results: CaseResult[] = [];
  try {
    for (const [name, wanted] of Object.entries(cases)) {
      const result = await run(`${name}: ${wanted.name}`, wanted);
      console.log(`\n${caseTable(result)}`);
      results.push(result);
    }
    return results;
  } finally {
    await bench?.stop();
  }
}

/** Never rejects: the other cases go on. */
async function runCase(name: string, run: () => Promise<Measure[]>): Promise<CaseResult> {
  const others = measureOthers();
  try {
    return { name, measures: await run(), others: others() };
  } catch (error) {
    return { name, measures: [], error: error instanceof Error ? error.message : String(error) };
  }
}

function document(results: readonly CaseResult[]): object {
  return {
    finishedAt: new Date().toISOString(),
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model,
      platform: process.platform,
      node: process.version,
    },
    cases: results.map(({ measures, others, ...rest }) => ({
      ...rest,
      others,
      measures: measures.map((measure) => ({ ...measure, judgement: judge(measure, others) })),
    })),
  };
}

runMain(main);
