import { writeSync } from "node:fs";
import type { Clock } from "../lib/clock";
import { errorShape } from "../probes/error-shape";

/** The level that the framework's logger gives to `fatal`. */
const FATAL = 60;
const STDERR = 2;

/** The last line of a process that ends by an uncaught error; JSON like every line of the log. */
export function crashLine(error: unknown, origin: string, time: number): string {
  const msg =
    "the operator ends because of an uncaught error; its text is left out, because it may quote a secret";
  return JSON.stringify({ level: FATAL, time, origin, errors: errorShape(error), msg });
}

/**
 * Ends the process at the first uncaught error, as Node does, but without Node's own report: that
 * shows the error's message, its causes and all of their properties, and drivers keep credentials in theirs.
 * @param lastWords what is recorded before the end; what it throws has no effect
 */
export function endOnCrash(
  process: NodeJS.Process,
  clock: Pick<Clock, "now">,
  lastWords: () => void = () => undefined,
): void {
  process.on("uncaughtException", (error, origin) => {
    try {
      // Not through the logger, which may not get to write before the end.
      writeSync(STDERR, `${crashLine(error, origin, clock.now())}\n`);
      lastWords();
    } finally {
      process.exit(1);
    }
  });
}
