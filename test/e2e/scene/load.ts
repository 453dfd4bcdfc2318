import { expect } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { ANNOTATIONS } from "../../../capabilities/api/vocabulary";
import { hasVerdict } from "../../../capabilities/domain/decide";
import { waitUntil } from "../../../lab/control-plane/wait";
import type { Fault } from "../../../lab/faults";
import { auditRecords, samples } from "./records";
import type { Scene, TestDraft } from "./scene";

/** Tests that were created, and what they need. */
export interface Load {
  readonly namespace: string;
  readonly tests: readonly KollectConnectionTest[];
}

export interface LoadOptions {
  readonly count: number;
  /** Seconds; the tests' own are spread over three more. */
  readonly leastTtl: number;
  /** The address of a sink that never answers. */
  readonly silent: Fault;
  /** Runs before each creation. */
  readonly between?: (index: number) => Promise<void>;
}

/** Beyond a TTL's end or the recovery; a busy machine is slow, and the contract's two seconds are for others. */
const LATE_MS = 15_000;
const VERDICT_MS = 60_000;

/** One test in six hangs until its deadline, one in six is kept, and the others have TTLs of many lengths. */
export async function createLoad(scene: Scene, options: LoadOptions): Promise<Load> {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "orders");
  await scene.sink(namespace, "silent", { port: options.silent.port });
  const tests: KollectConnectionTest[] = [];
  for (let index = 0; index < options.count; index += 1) {
    await options.between?.(index);
    tests.push(await scene.test(namespace, draft(index, options.leastTtl)));
  }
  return { namespace, tests };
}

function draft(index: number, leastTtl: number): TestDraft {
  const hangs = index % 6 === 0;
  return {
    name: `load-${index}`,
    sink: hangs ? "silent" : "orders",
    spec: { ttlSecondsAfterFinished: leastTtl + (index % 4), timeoutSeconds: hangs ? 2 : 15 },
    annotations: index % 6 === 1 ? { [ANNOTATIONS.retain]: "true" } : {},
  };
}

/**
 * What must hold however the operator was disturbed until `recoveredAt`: a verdict of the current generation for every
 * test and only one for each generation, every TTL kept, and nothing left running.
 */
export async function expectSurvival(
  scene: Scene,
  load: Load,
  silent: Fault,
  recoveredAt: number,
  verdictMs = VERDICT_MS,
): Promise<void> {
  await Promise.all(load.tests.map((test) => scene.verdict(test, verdictMs)));
  await Promise.all(load.tests.map((test) => expectEnd(scene, test, recoveredAt)));
  for (const { metadata } of load.tests) expectOneVerdict(scene, metadata.uid);
  const idle = { what: "the end of every probe", timeoutMs: 15_000 };
  await waitUntil(idle, async () => {
    const metrics = await scene.stage.operator.watcher.metrics();
    const load = ["running", "waiting"].map((what) =>
      samples(metrics, `kollect_connection_tests_${what}`).get(""),
    );
    const open = [silent.open(), await scene.postgres.connections()];
    return [...load, ...open].every((count) => count === 0) || undefined;
  });
}

/** A second probe after a verdict would show as another status of the same generation. */
function expectOneVerdict(scene: Scene, uid: string): void {
  const verdicts = new Map<number, Set<string>>();
  for (const { test } of scene.watch.of(uid)) {
    const { generation } = test.metadata;
    const known = verdicts.get(generation);
    if (!known && !hasVerdict(test)) continue;
    verdicts.set(generation, new Set([...(known ?? []), JSON.stringify(test.status)]));
  }
  for (const [generation, statuses] of verdicts) {
    expect([...statuses], `verdicts of ${uid}, generation ${generation}`).toHaveLength(1);
  }
  // A run that SIGTERM aborted has a line too, and runs again.
  const audited = auditRecords(scene.stage.operator.watcher.logFile).filter(
    ({ test, outcome }) => test.uid === uid && outcome === "Completed",
  );
  const generations = audited.map(({ test }) => test.generation);
  expect(generations, `audit lines of ${uid}`).toEqual([...new Set(generations)]);
}

async function expectEnd(scene: Scene, test: KollectConnectionTest, recoveredAt: number): Promise<void> {
  const verdict = await scene.verdict(test);
  if (verdict.metadata.annotations?.[ANNOTATIONS.retain]) {
    const kept = (await scene.objects.read(test)) as KollectConnectionTest;
    return expect(kept.status).toEqual(verdict.status);
  }
  const end =
    Date.parse(verdict.status?.completedAt ?? "") + (verdict.spec.ttlSecondsAfterFinished ?? 300) * 1000;
  const latest = Math.max(end, recoveredAt) + LATE_MS;
  const what = {
    what: `the deletion of ${test.metadata.name}`,
    timeoutMs: latest - Date.now(),
    intervalMs: 500,
  };
  await waitUntil(what, async () => ((await scene.objects.read(test)) === undefined ? true : undefined));
  const seen = scene.watch.of(test.metadata.uid).find(({ type }) => type === "DELETED");
  if (seen) expect(seen.at, `the deletion of ${test.metadata.name}`).toBeGreaterThanOrEqual(end);
}
