import { loadConfig } from "../../../../capabilities/config/options";
import { failed } from "../../../../capabilities/domain/failure";
import type { EndedAttempt } from "../../../../capabilities/domain/outcome";
import type { Cluster } from "../../../../capabilities/domain/ports";
import { systemClock, type AlarmClock } from "../../../../capabilities/lib/clock";
import { createOperator, type Operator } from "../../../../capabilities/operator";
import type { Probe } from "../../../../capabilities/probes/probe";
import { Metrics, type Load } from "../../../../capabilities/records/metrics";
import type { Life } from "./api-server";
import type { DialledPlan, DialLimits, Ledger, Recorded } from "./ledger";

export const GRACE_MS = 3_000;

const { config, cloud } = loadConfig({
  KOLLECT_MAX_CONCURRENT_PROBES: "3",
  KOLLECT_MAX_PROBES_PER_ENDPOINT: "3",
  KOLLECT_MAX_PROBES_PER_NAMESPACE: "2",
  KOLLECT_MAX_PROBES_PER_SINK: "2",
  KOLLECT_MAX_SLOW_PROBES: "1",
  KOLLECT_MAX_SLOW_PROBES_PER_NAMESPACE: "1",
  KOLLECT_GRACE_SECONDS: String(GRACE_MS / 1_000),
});

export const dialLimits: DialLimits = ({ namespace, endpoint }) => ({
  "all sinks": config.maxConcurrentProbes + config.maxSlowProbes,
  [`namespace ${namespace}`]: config.maxProbesPerNamespace + config.maxSlowProbesPerNamespace,
  [`endpoint ${endpoint}`]: config.maxProbesPerEndpoint + config.maxSlowProbes,
  [`endpoint ${endpoint} for namespace ${namespace}`]: config.maxProbesPerEndpoint - 1,
});

/** Every step of a mocked timer costs a millisecond of real time, whatever it does. */
const LOOK_EVERY_MS = 30_000;
const machine = systemClock(LOOK_EVERY_MS);

export interface ProcessOptions {
  readonly ledger: Ledger;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  readonly connect: (life: Life) => Cluster;
  readonly warn: (message: string) => void;
}

/** The operator as it ships, from its start to a crash. */
export class OperatorProcess implements Life {
  readonly operator: Operator;
  /** What its gauges show. */
  load: Pick<Load, "running" | "waiting"> = { running: () => 0, waiting: () => 0 };
  #ended = false;
  #asleep = 0;

  constructor(private readonly options: ProcessOptions) {
    const { connect, ledger, warn } = options;
    const log = { debug() {}, info() {}, warn: (_: object, message: string) => warn(message), error() {} };
    this.operator = createOperator({
      config,
      cloud,
      cluster: connect(this),
      clock: this.#clock(),
      log,
      auditLog: {
        info: (record) => ledger.recorded(record as Recorded),
      },
      metrics: new LoadMetrics((load) => (this.load = load)),
      probeFor: () => probe,
      attempt: (_probe, plan, attempt) => this.#attempt(plan as DialledPlan, attempt),
      dialled: (endpoint) => endpoint,
      admits: () => true,
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** How many waits are under way, besides those for a test's end. */
  get asleep(): number {
    return this.#asleep;
  }

  /** A crash takes everything with it: no wait of the process ends, and no call is answered any more. */
  crash(): void {
    this.#ended = true;
  }

  /** What its own checks find when so much time has passed since they were last asked. */
  async faults(elapsedMs: number): Promise<string[]> {
    const { checks, echoCheck } = this.operator;
    const found = await Promise.all([...checks, echoCheck].map((check) => check(elapsedMs)));
    return found.filter((fault) => fault !== undefined);
  }

  #clock(): AlarmClock {
    return {
      now: () => machine.now(),
      sleep: async (ms, signal) => {
        this.#asleep += 1;
        try {
          await machine.sleep(ms, signal);
        } finally {
          this.#asleep -= 1;
        }
        await this.#alive();
      },
      sleepUntil: async (time, signal) => {
        await machine.sleepUntil(time, signal);
        await this.#alive();
      },
    };
  }

  async #alive(): Promise<void> {
    if (this.#ended) await new Promise(() => undefined);
  }

  async #attempt(
    plan: DialledPlan,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<EndedAttempt> {
    const { ledger, random } = this.options;
    const { endpoint } = plan;
    const close = (): void => void (this.#ended || ledger.closes(plan));
    const serverVersion = ledger.begins(plan, options);
    let closed = Promise.resolve();
    try {
      const isSilent = endpoint === "silent";
      await machine.sleep(isSilent ? options.timeoutMs : 5 + random() * 20, options.signal);
      await this.#alive();
      const fails = isSilent || (endpoint === "flaky" && random() < 0.5);
      const failure = fails ? { failure: failed("TimedOut", "silent").failure } : {};
      // Some servers take their time to close a session.
      if (random() < 0.3) closed = machine.sleep(random() * 20);
      return { report: { endpoint, phases: [], latencyMs: 1, serverVersion, ...failure }, closed };
    } finally {
      void closed.then(close);
    }
  }
}

class LoadMetrics extends Metrics {
  constructor(private readonly observed: (load: Load) => void) {
    super();
  }

  override observeLoad(load: Load): void {
    super.observeLoad(load);
    this.observed(load);
  }
}

/** Needs one Secret, of the sink's name. */
const probe: Probe = {
  type: "postgres",
  references: ({ metadata }) => [{ field: "spec.postgres.databaseRef", name: metadata.name ?? "" }],
  plan: ({ metadata: { namespace = "", name = "" } }): DialledPlan => ({ endpoint: name, namespace }),
  run: () => Promise.reject(new Error("attempts are the model's own")),
};
