import { type ChildProcess, spawn } from "node:child_process";
import { endWithThisProcess } from "../control-plane/end-with-this-process";
import { sendSignal } from "../control-plane/send-signal";

/** A command that runs to its end. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const QUOTED_LINES = 40;

/**
 * Runs a command and returns all it printed. Rejects, with the end of that, when it fails or takes too long. What it
 * has started itself ends with it, and all of it with this process at the latest.
 */
export async function runCommand(wanted: Command): Promise<string> {
  const timeout = AbortSignal.timeout(wanted.timeoutMs);
  const signal = wanted.signal ? AbortSignal.any([wanted.signal, timeout]) : timeout;
  signal.throwIfAborted();
  const child = spawn(wanted.command, [...wanted.args], {
    cwd: wanted.cwd,
    env: wanted.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => printed.push(chunk));
  const outcome = await outcomeOf(child, signal);
  const text = Buffer.concat(printed).toString("utf8");
  wanted.signal?.throwIfAborted();
  if (timeout.aborted)
    throw new Error(`${describe(wanted)} took longer than ${wanted.timeoutMs / 1000} s\n${end(text)}`);
  if (outcome !== undefined) throw new Error(`${describe(wanted)} ${outcome}\n${end(text)}`);
  return text;
}

/** Why a command failed; undefined when it did not. */
async function outcomeOf(child: ChildProcess, signal: AbortSignal): Promise<string | undefined> {
  const { pid } = child;
  const release = pid === undefined ? () => undefined : endWithThisProcess(pid);
  const kill = (): void => void (pid && sendSignal(-pid, "SIGKILL"));
  signal.addEventListener("abort", kill, { once: true });
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", kill);
      child.once("close", (code, killer) =>
        resolve(code === 0 ? undefined : `ended with ${killer ?? `code ${code}`}`),
      );
    });
  } finally {
    signal.removeEventListener("abort", kill);
    release();
  }
}

function describe(wanted: Command): string {
  return [wanted.command, ...wanted.args].join(" ");
}

function end(text: string): string {
  return text.trimEnd().split("\n").slice(-QUOTED_LINES).join("\n");
}
