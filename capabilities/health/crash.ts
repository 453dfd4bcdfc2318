import { writeSync } from "node:fs";
import type { Clock } from "../lib/clock";
import { errorShape } from "../probes/error-shape";

/** Level of `fatal` in the framework's logger. */
const FATAL = 60;
const STDERR = 2;

/** Last log line of a process that ends because of an uncaught error; JSON like every other line. */
export function crashLine(error: unknown, origin: string, time: number): string {
  const msg =
    "the operator ends because of an uncaught error; its text is left out, because it may quote a secret";
  return JSON.stringify({ level: FATAL, time, origin, errors: errorShape(error), msg });
}

/**
 * Ends the process at the first uncaught error, as Node does, but without Node's own report, which
 * shows the error's message, its causes and all of their properties: drivers keep credentials in theirs.
 * @param lastWords called before the end to write records; errors that it throws have no effect
 */
export function endOnCrash(
  process: NodeJS.Process,
  clock: Pick<Clock, "now">,
  lastWords: () => void = () => undefined,
): void {
  process.on("uncaughtException", (error, origin) => {
    try {
      // Not through the logger, which may not write before the process ends.
      writeSync(STDERR, `${crashLine(error, origin, clock.now())}\n`);
      lastWords();
    } finally {
      process.exit(1);
    }
  });
}
