import type { KollectConnectionTest } from "../../capabilities/api/types";
import { isFailure, sinkTarget } from "../../capabilities/domain/spec";
import { listTests } from "../cluster/requests";
import { openSession, type Session } from "../cluster/session";
import { watchTests } from "../cluster/watch";
import { broken } from "../command-failure";
import type { Context } from "../context";
import { OK } from "../exit-codes";
import { Interrupted } from "../host";
import type { ClusterOptions } from "../options/cluster";
import type { OutputFile } from "../options/output";
import type { Format } from "../output/format";
import { deliver } from "../report/deliver";
import { byTest, Findings } from "../report/findings";
import type { SinkResult } from "../report/report";
import { resultOf } from "../report/result";
import { sinkName } from "../report/sink-name";
import { stateOf } from "../terminal/progress";

export interface GetOptions extends ClusterOptions {
  readonly watch?: true | undefined;
  readonly selector?: string | undefined;
  readonly allNamespaces?: true | undefined;
  readonly output: Format;
  readonly outputFile?: readonly OutputFile[] | undefined;
}

/** Runs `get` and returns its exit code, which does not depend on the verdicts. */
export async function getCommand(
  context: Context,
  names: readonly string[],
  options: GetOptions,
): Promise<number> {
  const { host, screen } = context;
  const session = await openSession(options, host);
  try {
    const findings = new Findings(() => undefined, byTest);
    const from = `the cluster of context ${session.context}`;
    await deliver(
      { ...options, command: "get", screen, isJudge: false },
      () => ({ results: findings.results, from }),
      async () => {
        const scope = scopeOf(session, options);
        const { tests } = await listTests(session, scope, host.interrupt);
        for (const test of chosen(tests, names)) findings.set(test);
        if (findings.results.length === 0 && !options.watch) screen.say("There are no tests.");
      },
    );
    if (options.watch) await follow(context, session, names, options);
    return OK;
  } finally {
    session.close();
  }
}

function scopeOf(
  session: Session,
  { allNamespaces, selector }: GetOptions,
): { namespace?: string; selector?: string } {
  return { ...(allNamespaces ? {} : { namespace: session.namespace }), ...(selector ? { selector } : {}) };
}

function chosen(tests: readonly KollectConnectionTest[], names: readonly string[]): SinkResult[] {
  const missing = names.find((name) => !tests.some(({ metadata }) => metadata.name === name));
  if (missing !== undefined) throw broken(`there is no test ${JSON.stringify(missing.slice(0, 80))} here`);
  return tests
    .filter(({ metadata }) => names.length === 0 || names.includes(metadata.name ?? ""))
    .flatMap(shown);
}

/** The result of a test; one that names no sink is left out, because kubectl shows its reason. */
function shown(test: KollectConnectionTest): SinkResult[] {
  const target = sinkTarget(test);
  return isFailure(target) ? [] : [resultOf(target, test)];
}

/** Prints a line for each change until the signal, normally Ctrl-C. */
async function follow(
  { host, screen }: Context,
  session: Session,
  names: readonly string[],
  options: GetOptions,
): Promise<void> {
  const last = new Map<string, string>();
  const change = (test: KollectConnectionTest, gone: boolean): void => {
    const { name = "", namespace = "" } = test.metadata;
    if (names.length > 0 && !names.includes(name)) return;
    for (const result of shown(test)) {
      const line = `${namespace}/${name}  ${sinkName(result)}  ${gone ? "deleted" : stateOf(result)}`;
      const key = `${namespace}/${name}`;
      if (last.get(key) !== line) screen.print(`${line}\n`);
      if (gone) last.delete(key);
      else last.set(key, line);
    }
  };
  await watchTests(session, scopeOf(session, options), { change }, host.interrupt).catch((error: unknown) => {
    if (!(error instanceof Interrupted)) throw error;
  });
}
