import type { Condition, Sink } from "../../../../capabilities/api/types";
import type { Outcome, SinkProbe } from "../../../../capabilities/domain/outcome";
import type { WriteResult } from "../../../../capabilities/domain/ports";
import type { SinkTarget } from "../../../../capabilities/domain/spec";
import { systemClock } from "../../../../capabilities/lib/clock";
import type { Participant, ProbeRequest } from "../../../../capabilities/scheduler/shared-probes";
import { SinkRuns } from "../../../../capabilities/scheduler/sink-runs";
import { memoryLog } from "../../kube/http/peer";

export const PROBE_MS = 1000;
export const MIN_INTERVAL_MS = 60_000;
export const TARGET: SinkTarget = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" };

interface SinkOptions {
  readonly connectionTest?: boolean;
  readonly annotated?: boolean;
  readonly generation?: number;
  readonly uid?: string;
}

/** A sink that requests a probe by `spec.connectionTest`, by annotation, or not at all. */
export function sinkOf(options: SinkOptions = {}): Sink {
  const { connectionTest = false, annotated = false, generation = 1, uid = "u" } = options;
  const annotations = annotated ? { "kollect.dev/test-connection": "true" } : {};
  return {
    kind: "KollectDatabaseSink",
    metadata: { name: "orders", namespace: "shop", uid, generation, annotations },
    spec: { type: "postgres", connectionTest },
  } as unknown as Sink;
}

/** Runs over one sink whose probes take a second and have begun to dial, and all that they write and record. */
export class SinkWorld {
  stored: Sink | undefined;
  readonly requests: ProbeRequest[] = [];
  readonly records: SinkProbe[] = [];
  readonly verdicts: Outcome[] = [];
  readonly applied: (readonly Condition[])[] = [];
  readonly removed: object[] = [];
  readonly log = memoryLog();
  reads = 0;
  applyResult: WriteResult | Error = "written";
  readError: Error | undefined;
  /** Whether the probe reads a sink: one that was deleted in between has none. */
  found = true;
  readonly runs: SinkRuns;

  constructor(maxTimeoutSeconds = 300) {
    this.runs = new SinkRuns({
      cluster: {
        getSink: () => {
          this.reads += 1;
          return this.readError ? Promise.reject(this.readError) : Promise.resolve(this.stored);
        },
        applySinkConditions: (_target, conditions) => {
          this.applied.push(conditions);
          return this.applyResult instanceof Error
            ? Promise.reject(this.applyResult)
            : Promise.resolve(this.applyResult);
        },
        removeSinkAnnotation: (sink, annotation) => {
          this.removed.push({ ...sink, annotation });
          return Promise.resolve("written");
        },
      },
      clock: systemClock(),
      log: this.log,
      probes: { join: (request, participant) => this.#probe(request, participant) },
      minIntervalMs: MIN_INTERVAL_MS,
      maxTimeoutSeconds,
      onVerdict: (outcome) => void this.verdicts.push(outcome),
      onProbe: (probe) => void this.records.push(probe),
    });
  }

  /** Stores a sink and shows it, as its watch does. */
  show(sink: Sink): void {
    this.stored = sink;
    this.runs.observe(sink);
  }

  async #probe(request: ProbeRequest, { signal, left }: Participant): Promise<Outcome> {
    this.requests.push(request);
    const { uid = "", generation = 0 } = request.seen ?? {};
    const startedAt = Date.now();
    const sink = { kind: TARGET.kind, name: "orders", uid, generation, type: "postgres" };
    const probe = { startedAt, attempts: 1, secrets: [], ...(this.found ? { sink } : {}) };
    const shared = { probeId: `p${this.requests.length}`, sharedBy: 1 };
    signal.addEventListener("abort", () => left({ ...probe, endpoint: "db.shop:5432" }, shared));
    await systemClock().sleep(PROBE_MS, signal);
    return { ...probe, ...shared, completedAt: Date.now(), waitedMs: 0 };
  }
}
