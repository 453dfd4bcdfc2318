import { spawn } from "node:child_process";
import { setMaxListeners } from "node:events";
import { constants } from "node:os";
import { FAILED } from "./exit-codes";
import { Interrupted } from "./host";
import { main } from "./main";
import { unexpected } from "./unexpected";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Time in which signals count as one, in milliseconds: `timeout` signals the process and then its group, and a terminal
 * signals the group, whose first process passes the signal on.
 */
const ONE_SIGNAL_MS = 250;

/** The first signal lets the command clean up; a second one ends it at once. */
function interrupts(): AbortController {
  const controller = new AbortController();
  let first: number | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      first ??= performance.now();
      if (performance.now() - first > ONE_SIGNAL_MS) process.exit(128 + constants.signals[signal]);
      controller.abort(new Interrupted(signal));
    });
  }
  return controller;
}

/**
 * A reader that has closed the pipe, such as `head`, ends a command that goes on writing. Others delete their tests and
 * give their exit code. Standard output that cannot be written for another reason, such as a full disk, is a failure.
 */
function outliveReader(controller: AbortController): void {
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    controller.abort(new Interrupted("SIGPIPE"));
    if (code === "EPIPE") return;
    process.stderr.write(`error: standard output cannot be written (${code}): write to another file\n`);
    process.on("exit", () => (process.exitCode = FAILED));
  });
}

/** A command whose promise never settles would otherwise end silently when there is nothing left to wait for. */
function failUnlessOver(isOver: () => boolean): void {
  process.once("beforeExit", () => {
    if (isOver()) return;
    process.exitCode = FAILED;
    process.stderr.write(`${unexpected(new Error("the command did not end"))}\n`);
  });
}

/** The new process has the terminal; a signal to this one ends it too. */
async function runAgainWithout(variables: readonly string[], interrupt: AbortSignal): Promise<number> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !variables.includes(name)));
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env,
    stdio: "inherit",
  });
  const end = (): void => {
    const { reason } = interrupt as { reason: unknown };
    child.kill(reason instanceof Interrupted ? reason.signal : "SIGTERM");
  };
  interrupt.addEventListener("abort", end, { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/** Runs the plugin as this process. */
export async function run(): Promise<void> {
  // Requests and probes in parallel all listen to the same signal; Node.js would warn on the user's terminal.
  setMaxListeners(0);
  const controller = interrupts();
  const interrupt = controller.signal;
  let isOver = false;
  outliveReader(controller);
  failUnlessOver(() => isOver);
  process.on("uncaughtException", (error) => {
    process.stderr.write(`${unexpected(error)}\n`);
    process.exit(1);
  });
  const { argv, env, stdin, stdout, stderr } = process;
  const calledAs = argv[1] ?? "kubectl-kollect";
  const code = await main({
    args: argv.slice(2),
    calledAs,
    env,
    stdin,
    stdout,
    stderr,
    interrupt,
    runAgainWithout: (variables) => runAgainWithout(variables, interrupt),
  });
  isOver = true;
  process.exitCode = code;
  // What a signal ended may not be cancellable, such as opening a pipe that has no writer.
  if (interrupt.aborted) stdout.write("", () => process.exit());
}

void run();
