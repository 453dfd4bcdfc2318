/** The exit code of a program that was ended before it was done, as shells give it after SIGINT. */
const INTERRUPTED = 130;

/** Runs a script. What it rejects with is printed with its causes, and the exit code is 1 then. */
export function runMain(main: (args: string[]) => Promise<void>): void {
  main(process.argv.slice(2)).catch((error: unknown) => {
    for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
      console.error(cause instanceof Error ? cause.message : cause);
    }
    process.exitCode = 1;
  });
}

/**
 * Runs what stops at the end whatever it has started. SIGINT, SIGTERM and SIGHUP abort its signal. When it rejects
 * after that, the exit code is 130 and the result false; when it rejects otherwise, so does this.
 */
export async function interruptible(run: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupt.abort());
  try {
    await run(interrupt.signal);
    return true;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exitCode = INTERRUPTED;
    return false;
  }
}

/** Resolves when the signal aborts, or at once when it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
