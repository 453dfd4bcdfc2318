import type { Context } from "../context";
import { openSession, type Session } from "../cluster/session";
import type { ClusterOptions } from "../options/cluster";
import type { OutputFile } from "../options/output";
import type { Format } from "../output/format";
import { deliver } from "../report/deliver";
import { bySink, Findings } from "../report/findings";
import { contextsOf, inEveryContext } from "./fleet";
import { createProgress } from "../terminal/progress";
import { runTest } from "./run-test";
import { checkSelection, chooseSinks, type Selection } from "./targets";

/** Options of every command that waits for verdicts in a cluster. */
export interface WaitOptions extends ClusterOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly output: Format;
  readonly outputFile?: readonly OutputFile[] | undefined;
  readonly quiet?: true | undefined;
  readonly strict?: true | undefined;
}

/** The options of `test`, as its parser gives them. */
export interface TestCommandOptions extends WaitOptions, Omit<Selection, "names"> {
  /** Milliseconds. */
  readonly ttl?: number | undefined;
  readonly probeTimeout?: number | undefined;
  readonly retries?: number | undefined;
  readonly keep?: true | undefined;
  readonly parallel: number;
  readonly wait: boolean;
}

/** Runs `test` and returns its exit code. */
export async function testCommand(
  context: Context,
  names: readonly string[],
  options: TestCommandOptions,
): Promise<number> {
  const selection = { ...options, names };
  checkSelection(selection);
  return withFindings(context, "test", options, async (session, findings) => {
    const { interrupt: signal } = context.host;
    const sinks = await chooseSinks(session, selection, signal);
    await runTest({
      ...options,
      session,
      sinks,
      namespace: options.allNamespaces ? undefined : session.namespace,
      spec: specOf(options),
      timeoutMs: options.timeout,
      keep: options.keep === true,
      findings,
      say: context.screen.say,
      signal,
    });
  });
}

function specOf({ ttl, probeTimeout, retries }: TestCommandOptions): object {
  return {
    ...(ttl === undefined ? {} : { ttlSecondsAfterFinished: Math.ceil(ttl / 1000) }),
    ...(probeTimeout === undefined ? {} : { timeoutSeconds: probeTimeout }),
    ...(retries === undefined ? {} : { retryLimit: retries }),
  };
}

/**
 * Runs `work` with a session for each context in `--context`, shows findings as they arrive, and delivers one
 * report of all at the end.
 */
export async function withFindings(
  { host, screen }: Context,
  command: string,
  options: WaitOptions,
  work: (session: Session, findings: Findings) => Promise<void>,
): Promise<number> {
  const progress = await createProgress(screen, options.quiet === true);
  const contexts = contextsOf(options.context);
  const isFleet = contexts.length > 1;
  const members = contexts.map((context) => ({
    context,
    findings: new Findings(
      (result) => progress.show(result),
      bySink,
      isFleet && context !== undefined ? { context } : {},
    ),
  }));
  let from = isFleet ? `the clusters of contexts ${contexts.join(", ")}` : "the cluster";
  return deliver(
    { ...options, command, screen },
    () => ({ results: members.flatMap(({ findings }) => findings.results), from }),
    async () => {
      const runs = members.map(({ context, findings }) => async (): Promise<void> => {
        const session = await openSession({ ...options, context }, host);
        if (!isFleet) from = `the cluster of context ${session.context}`;
        try {
          await work(session, findings);
        } finally {
          session.close();
        }
      });
      try {
        await inEveryContext(contexts, runs);
      } finally {
        progress.done();
      }
    },
  );
}
