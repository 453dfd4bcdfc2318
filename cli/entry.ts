import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Interrupted } from "./host";
import { main } from "./main";
import { unexpected } from "./unexpected";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The first signal lets the command clean up; a second one ends it at once. */
function interrupts(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[signal]);
      controller.abort(new Interrupted(signal));
    });
  }
  return controller.signal;
}

/** A reader that has closed the pipe, such as `head`, ends the program silently. */
function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
    });
  }
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
  endWithReader();
  process.on("uncaughtException", (error) => {
    process.stderr.write(`${unexpected(error)}\n`);
    process.exit(1);
  });
  const { argv, env, stdin, stdout, stderr } = process;
  const calledAs = argv[1] ?? "kubectl-kollect";
  const interrupt = interrupts();
  process.exitCode = await main({
    args: argv.slice(2),
    calledAs,
    env,
    stdin,
    stdout,
    stderr,
    interrupt,
    runAgainWithout: (variables) => runAgainWithout(variables, interrupt),
  });
}

void run();
