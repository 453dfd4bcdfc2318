import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { sendSignal } from "../control-plane/send-signal";

/** A command line for /bin/sh. */
export interface ShellCommand {
  readonly line: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Hears both outputs as they come. */
  onOutput(text: string): void;
}

/** How it ended. `code` is null when a signal ended it. */
export interface ShellResult {
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs exactly the line that a person is shown. Rejects when it is aborted or takes too long; nothing is left of it. */
export async function runShell(command: ShellCommand): Promise<ShellResult> {
  const { line, cwd, env, timeoutMs, signal, onOutput } = command;
  signal.throwIfAborted();
  // A process group of its own, so that the members of a pipeline can be ended together.
  const child = spawn("/bin/sh", ["-c", line], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const deadline = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, deadline]);
  const kill = (): void => void (child.pid && sendSignal(-child.pid, "SIGKILL"));
  either.addEventListener("abort", kill, { once: true });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", onOutput);
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  try {
    const [code, stdout] = await Promise.all([ended, text(child.stdout)]);
    signal.throwIfAborted();
    if (deadline.aborted) throw new Error(`it did not end within ${timeoutMs / 1000} s`);
    return { code, stdout };
  } finally {
    either.removeEventListener("abort", kill);
  }
}
