/** Sends a signal to a process by its id, or to a process group by its leader's id with a minus; nothing if it is gone. */
export function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    // It may have ended by itself a moment ago, which is what was wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
