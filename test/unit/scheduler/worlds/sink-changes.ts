import type { ConnectionTestStatus, KollectConnectionTest, Sink } from "../../../../capabilities/api/types";
import { ClusterError } from "../../../../capabilities/domain/cluster-error";
import type { Outcome } from "../../../../capabilities/domain/outcome";
import { finalStatus } from "../../../../capabilities/domain/status";
import type { SinkTarget } from "../../../../capabilities/domain/spec";
import { systemClock } from "../../../../capabilities/lib/clock";
import { SinkChanges } from "../../../../capabilities/scheduler/sink-changes";
import { SinkIndex } from "../../../../capabilities/scheduler/sink-index";
import { makeTest } from "../../../fixtures/make-test";
import { memoryLog } from "../../kube/http/peer";

export const START = Date.parse("2026-03-01T12:00:00Z");
export const TARGET: SinkTarget = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" };

export function outcomeAt(startedAt: number, resourceVersion = "1"): Outcome {
  return {
    ...{ probeId: "p", startedAt, completedAt: startedAt + 100, attempts: 1, waitedMs: 0, sharedBy: 1 },
    sink: { kind: "KollectDatabaseSink", name: "orders", uid: "sink", generation: 3, type: "postgres" },
    secrets: [{ namespace: "shop", name: "orders-dsn", resourceVersion }],
    report: { endpoint: "db.shop:5432", phases: [], latencyMs: 1 },
  };
}

export function finished(name: string): KollectConnectionTest {
  const test = makeTest({ metadata: { name, uid: `uid-${name}` } });
  return { ...test, status: finalStatus(test, outcomeAt(START), "jane") };
}

/** Objects as an API server would hold them, and the component that marks them; the first calls fail. */
export class World {
  readonly tests = new Map<string, KollectConnectionTest>();
  readonly writes: string[] = [];
  readonly log = memoryLog();
  calls = 0;
  readonly sinks = new SinkIndex();
  /** UID of the sink that a read returns; undefined when there is none. */
  sinkUid: string | undefined = "sink";
  failures = 0;
  /** Status of the calls that fail; 503 is repeated. */
  failure = 503;
  readonly changes = new SinkChanges({
    cluster: {
      getTest: (_namespace, name) => this.#call(() => this.tests.get(name)),
      getSink: () =>
        this.#call(() => (this.sinkUid ? ({ metadata: { uid: this.sinkUid } } as Sink) : undefined)),
      writeStatus: ({ name }, status) =>
        this.#call(() => {
          this.writes.push(name);
          this.put(name, status);
          return "written" as const;
        }),
    },
    clock: systemClock(),
    log: this.log,
    sinks: this.sinks,
  });

  put(name: string, status: ConnectionTestStatus | undefined): void {
    const test = this.tests.get(name) ?? finished(name);
    this.tests.set(name, { ...test, ...(status ? { status } : {}) });
    const shown = this.tests.get(name);
    if (shown) this.changes.observe(shown);
  }

  sinkShown(generation: number, uid = "sink"): void {
    this.sinks.set(TARGET, { uid, generation });
    this.changes.sinkShown(TARGET, { uid, generation });
  }

  said(name: string): string | undefined {
    return this.tests.get(name)?.status?.conditions?.find(({ type }) => type === "SinkChanged")?.reason;
  }

  async #call<T>(answer: () => T): Promise<T> {
    this.calls += 1;
    await Promise.resolve();
    if (this.failures-- > 0) throw new ClusterError("any", this.failure, "Unserved", "no answer");
    return answer();
  }
}
