import { writeFile } from "node:fs/promises";
import { broken, CommandFailure } from "../command-failure";
import { FAILED, OK, SIGNAL_CODES } from "../exit-codes";
import { Interrupted } from "../host";
import type { OutputFile } from "../options/output";
import { render, type Format } from "../output/format";
import type { Screen } from "../terminal/screen";
import { codeOfResults } from "./codes";
import { REPORT_API_VERSION, REPORT_KIND, summaryOf, type Report, type SinkResult } from "./report";

export interface Delivery {
  readonly command: string;
  readonly output: Format;
  readonly outputFile?: readonly OutputFile[] | undefined;
  readonly strict?: boolean | undefined;
  readonly screen: Screen;
  /** Whether verdicts decide the exit code; they do not if a command only shows them. */
  readonly isJudge?: boolean;
}

/** Known results of a run, even if it fails. */
export interface Run {
  readonly results: readonly SinkResult[];
  /** Where the probes ran. */
  readonly from: string;
}

/**
 * Runs `work` and writes its report to standard output and to the files, even when it rejects; then rejects with the
 * same error. Returns the exit code.
 */
export async function deliver(
  delivery: Delivery,
  run: () => Run,
  work: () => Promise<void>,
): Promise<number> {
  const startedAt = new Date().toISOString();
  const end = await work().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const { results, from } = run();
  const verdicts = delivery.isJudge === false ? OK : codeOfResults(results, delivery.strict === true);
  const report: Report = {
    apiVersion: REPORT_API_VERSION,
    kind: REPORT_KIND,
    command: delivery.command,
    from,
    startedAt,
    completedAt: new Date().toISOString(),
    exitCode: end ? codeOf(end.error) : verdicts,
    summary: summaryOf(results),
    ...(end ? { error: wordsOf(end.error) } : {}),
    sinks: results,
  };
  await write(report, delivery);
  if (end) throw end.error;
  return report.exitCode;
}

function codeOf(error: unknown): number {
  if (error instanceof Interrupted) return SIGNAL_CODES[error.signal];
  return error instanceof CommandFailure ? error.exitCode : FAILED;
}

/** Only errors of this program have a message that may be shown. */
function wordsOf(error: unknown): string {
  if (error instanceof CommandFailure || error instanceof Interrupted) return error.message;
  return "the plugin failed with an unexpected error";
}

async function write(report: Report, { output, outputFile = [], screen }: Delivery): Promise<void> {
  const failures: CommandFailure[] = [];
  for (const { format, path } of outputFile) {
    const text = await render(format, report, { colours: false });
    await writeFile(path, text).catch(({ code }: NodeJS.ErrnoException) => {
      failures.push(broken(`${path} cannot be written (${code}): choose another --output-file`));
    });
  }
  screen.print(await render(output, report, { colours: screen.colours }));
  // Last, because the other files and standard output do not depend on it.
  if (failures[0]) throw failures[0];
}
