import { K8s } from "kubernetes-fluent-client";
import { KollectConnectionTest } from "../../capabilities/api/kinds";
import type { KollectConnectionTest as Test } from "../../capabilities/api/types";
import { PHASES } from "../../capabilities/api/vocabulary";
import { refOf } from "../../capabilities/domain/identity";
import type { Outcome } from "../../capabilities/domain/outcome";
import { finalStatus } from "../../capabilities/domain/status";
import { connectCluster } from "../../capabilities/kube/connect";
import { systemClock } from "../../capabilities/lib/clock";

/*
 * The least that an operator in Node.js does for each test: it hears of the test by the framework's watch and writes one
 * status, without a sink, a probe, a record or a retry. Run it beside the real one to see how much of the difference to
 * an operator that costs nothing is due to these two:
 *
 *   npm run bench -- --only burst --peer 'node --import tsx lab/bench/minimal-operator.ts'
 */

/** As long as the status of a probe of PostgreSQL. */
function outcome(now: number): Outcome {
  return {
    probeId: "00000000-0000-4000-8000-000000000000",
    startedAt: now,
    completedAt: now,
    attempts: 1,
    waitedMs: 0,
    sharedBy: 1,
    secrets: [{ namespace: "default", name: "dsn", resourceVersion: "1" }],
    sink: {
      kind: "KollectDatabaseSink",
      name: "healthy",
      uid: "00000000-0000-4000-8000-000000000000",
      generation: 1,
      type: "postgres",
    },
    report: {
      endpoint: "127.0.0.1:5432",
      serverVersion: "18.4",
      insecure: "PlainText",
      phases: PHASES.map((name) => ({ name, result: "Passed", latencyMs: 1 })),
      latencyMs: 1,
    },
  };
}

async function main(): Promise<void> {
  const clock = systemClock();
  const log = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };
  const { cluster } = await connectCluster({ clock, log, version: "0", instance: "minimal" });
  const finish = async (test: Test): Promise<void> => {
    try {
      await cluster.writeStatus(refOf(test), finalStatus(test, outcome(clock.now()), "bench"));
    } catch (error) {
      console.error(error);
    }
  };
  const watch = K8s(KollectConnectionTest).Watch((object) => {
    const test = object as unknown as Test;
    if (!test.status?.completed) void finish(test);
  });
  await watch.start();
}

void main();
