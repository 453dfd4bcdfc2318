import { randomBytes } from "node:crypto";
import type { ConnectionTestSpec, KollectConnectionTest } from "../../capabilities/api/types";
import { API_VERSION, SINK_FAMILIES, TEST_KIND } from "../../capabilities/api/vocabulary";
import { ClusterError } from "../../capabilities/domain/cluster-error";
import type { SinkTarget } from "../../capabilities/domain/spec";
import { createTest, deleteTest, listTests } from "../cluster/requests";
import type { Session } from "../cluster/session";
import { watchTests } from "../cluster/watch";
import { inParallel } from "../in-parallel";
import { type Findings, withoutVerdict } from "../report/findings";
import { Follower } from "./follower";
import type { ChosenSink } from "./targets";
import { untilLate } from "./until-late";

/** Label of the tests of one run, so that the plugin watches only these. */
export const RUN_LABEL = "kollect.dev/kubectl-run";

export interface TestRun {
  readonly session: Session;
  readonly sinks: readonly ChosenSink[];
  /** The only namespace of the sinks; absent if there are several. */
  readonly namespace?: string | undefined;
  /** Spec of the tests other than the sink. */
  readonly spec: Partial<ConnectionTestSpec>;
  /** How long to wait for all verdicts. */
  readonly timeoutMs: number;
  /** Maximum number of tests without a verdict at the same time. */
  readonly parallel: number;
  /** Leave the tests to their TTL. */
  readonly keep: boolean;
  /** Whether to wait for verdicts; without, the tests are kept. */
  readonly wait: boolean;
  readonly findings: Findings;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Creates a test for each sink, follows them to their verdicts, and deletes the created tests, even when it rejects.
 * Rejects with `CommandFailure`, or with the signal's reason.
 */
export async function runTest(run: TestRun): Promise<void> {
  const creator = new Creator(run);
  for (const { target, type } of run.sinks) run.findings.set(pending(target, type));
  if (!run.wait) {
    await listTests(run.session, { namespace: run.namespace, selector: creator.selector }, run.signal);
    await inParallel(run.sinks, run.parallel, (sink) => creator.create(sink));
    return;
  }
  try {
    await follow(run, creator);
  } finally {
    await creator.settled();
    if (!run.keep) await deleteAll(run, await creator.all());
  }
}

async function follow(run: TestRun, creator: Creator): Promise<void> {
  const follower = new Follower(run.findings);
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  const scope = { namespace: run.namespace, selector: creator.selector };
  let listed: (() => void) | undefined;
  const firstList = new Promise<void>((resolve) => (listed = resolve));
  const work = async (): Promise<void> => {
    await firstList; // refused where the cluster or the right is missing: then nothing is created
    await inParallel(run.sinks, run.parallel, async (sink) => {
      signal.throwIfAborted();
      const test = await creator.create(sink);
      if (test) await follower.verdictOf({ ...sink, test });
    });
  };
  try {
    const watch = watchTests(run.session, scope, { change: follower.change, listed }, signal);
    await untilLate(run, [watch, work()]);
  } finally {
    over.abort(new Error("the run is over"));
    run.findings.end();
  }
}

/** Creates the tests of one run and records them, including those whose response comes after an interrupt. */
class Creator {
  readonly created: KollectConnectionTest[] = [];
  private readonly id = randomBytes(8).toString("hex");
  private hasSent = false;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly run: TestRun) {}

  get selector(): string {
    return `${RUN_LABEL}=${this.id}`;
  }

  /** Undefined when the API server refused it, which becomes the finding. */
  async create(sink: ChosenSink): Promise<KollectConnectionTest | undefined> {
    const creating = this.send(sink);
    this.underWay.add(creating);
    try {
      return await creating;
    } finally {
      this.underWay.delete(creating);
    }
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  /** The created tests, with those whose creation was not answered, or was answered at a second attempt only. */
  async all(): Promise<readonly KollectConnectionTest[]> {
    if (!this.hasSent) return [];
    const { session, namespace } = this.run;
    const scope = { namespace, selector: this.selector };
    const found = await listTests(session, scope, new AbortController().signal).catch(() => undefined);
    return found?.tests ?? this.created;
  }

  private async send({ target, type }: ChosenSink): Promise<KollectConnectionTest | undefined> {
    const { session, findings, spec } = this.run;
    try {
      this.hasSent = true;
      // Not ended by an interrupt: the created test must be known so that it can be deleted.
      const test = await createTest(session, draft(target, spec, this.id), new AbortController().signal);
      this.created.push(test);
      findings.set({ ...pending(target, type), test: test.metadata.name ?? "" });
      return test;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      const about = { reason: "NotCreated", message: error.message, fault: "Command" } as const;
      findings.set(withoutVerdict(target, about));
      return undefined;
    }
  }
}

interface TestDraft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly generateName: string; readonly labels: object };
  readonly spec: object;
}

function draft(
  { kind, namespace, name }: SinkTarget,
  spec: Partial<ConnectionTestSpec>,
  id: string,
): TestDraft {
  const prefix = name.slice(0, 40).replace(/[^a-z0-9]+$/, "");
  const metadata = { namespace, generateName: `${prefix}-`, labels: { [RUN_LABEL]: id } };
  const sinkRef = { [SINK_FAMILIES[kind].refField]: name };
  return { apiVersion: API_VERSION, kind: TEST_KIND, metadata, spec: { sinkRef, ...spec } };
}

function pending(target: SinkTarget, type: string | undefined): ReturnType<typeof withoutVerdict> {
  return withoutVerdict(target, {
    reason: "Pending",
    message: "There is no verdict yet.",
    ...(type ? { type } : {}),
  });
}

/** Deletes as many in parallel as the client has sockets. Reports once the tests that it could not delete. */
async function deleteAll({ session, say }: TestRun, tests: readonly KollectConnectionTest[]): Promise<void> {
  const failures: ClusterError[] = [];
  await inParallel(tests, 32, (test) =>
    deleteTest(session, test).catch((error: unknown) => {
      if (!(error instanceof ClusterError)) throw error;
      failures.push(error);
    }),
  );
  const [first] = failures;
  if (!first) return;
  const why = first.status === 403 ? "you may not delete connection tests" : first.message;
  say(`${failures.length} of ${tests.length} tests are left to their TTL: ${why}`);
}
