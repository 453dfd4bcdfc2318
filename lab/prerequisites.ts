import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { findControlPlaneGo } from "./control-plane/build";
import { isCode } from "./control-plane/build-lock";
import { isOlder } from "./control-plane/go-toolchain";
import { chooseCluster } from "./control-plane/select";
import { engines } from "../package.json";

/** What a command of package.json may need of the machine. */
export type Prerequisite = "node" | "npm" | "git" | "go" | "java" | "maven";

/** A program that says its version. */
interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Any version will do when absent. */
  readonly required?: string;
}

const NODE = /\d+(\.\d+)*/.exec(engines.node)?.[0] ?? "";
const ANSWER_WITHIN_MS = 30_000;
const run = promisify(execFile);

const NPM: Program = { name: "npm", command: "npm", args: ["--version"] };
const GIT: Program = { name: "Git", command: "git", args: ["--version"] };
const JAVA: Program = { name: "Java", command: "java", args: ["--version"], required: "17" };
const MAVEN: Program = { name: "Maven", command: "mvn", args: ["--version"] };

/** Each gives one line that says what is missing, or nothing. */
const CHECKS: Readonly<
  Record<Prerequisite, (env: NodeJS.ProcessEnv) => Promise<string | undefined> | string | undefined>
> = {
  node: () => nodeProblem(process.versions.node),
  npm: (env) => programProblem(NPM, env),
  git: (env) => programProblem(GIT, env),
  go: goProblem,
  java: (env) => programProblem(JAVA, env),
  maven: (env) => programProblem(MAVEN, env),
};

/**
 * Rejects unless the machine has all of `needs`, before anything is started: the message has one line for each that
 * is missing or too old, with the version that is needed.
 */
export async function checkPrerequisites(
  needs: readonly Prerequisite[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const problems = await Promise.all(needs.map((need) => CHECKS[need](env)));
  const missing = problems.filter((problem) => problem !== undefined);
  if (missing.length > 0) throw new Error(missing.join("\n"));
}

/** What {@link checkPrerequisites} rejects with, or nothing. */
export function missingPrerequisites(needs: readonly Prerequisite[]): Promise<string | undefined> {
  return checkPrerequisites(needs).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** What a command needs that works with a cluster: Go only where the control plane is not given otherwise. */
export function clusterPrerequisites(argv: readonly string[], env: NodeJS.ProcessEnv): Prerequisite[] {
  return chooseCluster(argv, env).kind === "build" ? ["node", "go"] : ["node"];
}

/** What is wrong with a version of Node. */
export function nodeProblem(version: string): string | undefined {
  return isOlder(version, NODE) ? `Node.js ${NODE} or newer is needed, but this is ${version}.` : undefined;
}

async function goProblem(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return findControlPlaneGo(env).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

async function programProblem(program: Program, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { command, args, required } = program;
  const wanted = `${program.name}${required ? ` ${required} or newer` : ""} is needed`;
  try {
    const { stdout } = await run(command, args, { env, cwd: tmpdir(), timeout: ANSWER_WITHIN_MS });
    const version = /\d+(\.\d+)*/.exec(stdout)?.[0] ?? "";
    return required && isOlder(version, required)
      ? `${wanted}, but the ${command} on the PATH is ${version}.`
      : undefined;
  } catch (error) {
    if (isCode(error, "ENOENT")) return `${wanted}, but there is no ${command} on the PATH.`;
    return `${wanted}, but ${[command, ...args].join(" ")} fails.`;
  }
}
