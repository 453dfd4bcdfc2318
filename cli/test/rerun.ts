import type { KollectConnectionTest } from "../../capabilities/api/types";
import { isFailure, sinkTarget } from "../../capabilities/domain/spec";
import { askAgain, explain, listTests } from "../cluster/requests";
import type { Session } from "../cluster/session";
import { watchTests } from "../cluster/watch";
import { broken, usage } from "../command-failure";
import type { Context } from "../context";
import { inParallel } from "../in-parallel";
import type { Findings } from "../report/findings";
import { resultOf } from "../report/result";
import { withFindings, type WaitOptions } from "./command";
import { Follower, type Followed } from "./follower";
import { untilLate } from "./until-late";

export interface RerunOptions extends WaitOptions {
  readonly all?: true | undefined;
  readonly failed?: true | undefined;
}

/** Maximum number of parallel requests. */
const PARALLEL = 32;

/** Runs `rerun` and returns its exit code. */
export async function rerunCommand(
  context: Context,
  names: readonly string[],
  options: RerunOptions,
): Promise<number> {
  const isOpen = options.all === true || options.failed === true;
  if (names.length > 0 === isOpen) throw usage("name tests, or use --all or --failed");
  const { interrupt: signal } = context.host;
  return withFindings(context, "rerun", options, async (session, findings) => {
    const chosen = await chooseTests(session, names, options, signal);
    await rerun({ session, findings, chosen, timeoutMs: options.timeout, signal });
  });
}

interface Rerun {
  readonly session: Session;
  readonly findings: Findings;
  readonly chosen: readonly Followed[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function rerun({ session, findings, chosen, timeoutMs, signal: interrupt }: Rerun): Promise<void> {
  const follower = new Follower(findings);
  const over = new AbortController();
  const signal = AbortSignal.any([interrupt, over.signal]);
  const requestedAt = new Date().toISOString();
  const work = async (): Promise<void> => {
    const asked = await inParallel(chosen, PARALLEL, async (followed) => {
      const test = await askAgain(session, followed.test, requestedAt, signal).catch(explain);
      return { ...followed, test };
    });
    await Promise.all(asked.map((followed) => follower.verdictOf(followed)));
  };
  try {
    const watch = watchTests(session, { namespace: session.namespace }, follower, signal);
    await untilLate({ timeoutMs, findings, signal: interrupt }, [watch, work()]);
  } finally {
    over.abort(new Error("the run is over"));
    findings.end();
  }
}

async function chooseTests(
  session: Session,
  names: readonly string[],
  { failed }: RerunOptions,
  signal: AbortSignal,
): Promise<readonly Followed[]> {
  const { namespace } = session;
  const { tests } = await listTests(session, { namespace }, signal);
  const missing = names.find((name) => !tests.some(({ metadata }) => metadata.name === name));
  if (missing !== undefined)
    throw broken(`there is no test ${JSON.stringify(missing.slice(0, 80))} in ${namespace}`);
  const chosen = tests.filter(({ metadata }) => names.length === 0 || names.includes(metadata.name ?? ""));
  const followed = chosen.flatMap(followedOf).filter((each) => !failed || isFalse(each));
  if (followed.length === 0) throw broken(`there is no such test in namespace ${namespace}`);
  return followed;
}

function followedOf(test: KollectConnectionTest): Followed[] {
  const target = sinkTarget(test);
  return isFailure(target) ? [] : [{ target, test, type: test.status?.sink?.type }];
}

function isFalse({ target, test }: Followed): boolean {
  return resultOf(target, test).verdict === "False";
}
