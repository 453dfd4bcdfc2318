import type { Log } from "./types";

const LINE_EVERY_MS = 20_000;
const REDRAW_EVERY_MS = 200;
const CLEAR_LINE = "\r\u001b[K";

/** Where progress is shown. */
export interface ProgressOutput {
  readonly log: Log;
  /** Set only when it is a terminal whose last line may be redrawn. */
  readonly terminal?: { write(text: string): unknown } | undefined;
}

/**
 * Runs `work`, which calls its argument once for each of about `total` steps, and shows how far it is: on a
 * terminal's last line, or else on a line of its own every 20 s.
 */
export async function withProgress<T>(
  what: string,
  total: number,
  output: ProgressOutput,
  work: (step: () => void) => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  let done = 0;
  const line = (): string => describe(what, { done, total, elapsedMs: Date.now() - startedAt });
  const show = (): void => void (output.terminal?.write(`${CLEAR_LINE}${line()}`) ?? output.log(line()));
  const timer = setInterval(show, output.terminal ? REDRAW_EVERY_MS : LINE_EVERY_MS);
  try {
    return await work(() => {
      done += 1;
    });
  } finally {
    clearInterval(timer);
    output.terminal?.write(CLEAR_LINE);
  }
}

function describe(what: string, count: { done: number; total: number; elapsedMs: number }): string {
  const percent = Math.min(99, Math.floor((100 * count.done) / Math.max(1, count.total)));
  const seconds = Math.round(count.elapsedMs / 1000);
  return `${what}: ${percent} % (${count.done} of about ${count.total}, ${seconds} s)`;
}
