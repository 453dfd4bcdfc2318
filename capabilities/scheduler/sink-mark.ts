import type { Sink } from "../api/types";
import { targetOf } from "../domain/identity";
import { PAUSE, PAUSE_AFTER } from "../domain/interruption";
import { markedConditions, sinkInterruptions } from "../domain/sinks/marker";
import type { Progress } from "../domain/outcome";
import type { Cluster, Logger } from "../domain/ports";
import { backoffMs } from "../lib/backoff";
import type { Clock } from "../lib/clock";

export interface SinkMarkDependencies {
  readonly cluster: Pick<Cluster, "applySinkConditions">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The marker condition on a sink during a probe that the sink requested itself. */
export class SinkMark {
  readonly #interruptions: number;
  #writing: Promise<unknown> | undefined;

  constructor(
    private readonly sink: Sink,
    private readonly dependencies: SinkMarkDependencies,
    private readonly signal: AbortSignal,
  ) {
    this.#interruptions = sinkInterruptions(sink);
  }

  /** Waits before a probe that may have ended the process: an immediate repetition could delay every tenant again. */
  async pause(): Promise<void> {
    const count = this.#interruptions;
    if (count < PAUSE_AFTER) return;
    const ms = backoffMs(count - PAUSE_AFTER + 1, PAUSE);
    const { clock, log } = this.dependencies;
    const { namespace, name } = this.sink.metadata;
    log.warn(
      { namespace, name, interruptions: count, pauseMs: ms },
      "the operator ended while it probed this sink, so the next attempt waits",
    );
    await clock.sleep(ms, this.signal);
  }

  /** Writes the marker once, when a probe that takes long has begun to dial. A failed write is not repeated. */
  progress({ attempts }: Progress): void {
    if (this.#writing || attempts === 0) return;
    const { cluster, clock, log } = this.dependencies;
    const target = targetOf(this.sink);
    const conditions = markedConditions(this.sink, this.#interruptions, clock.now());
    this.#writing = cluster
      .applySinkConditions(target, conditions, this.signal)
      .catch((error: unknown) => log.debug({ ...target, error: String(error) }, "a probe was not marked"));
  }

  /** Resolves when the marker's write has ended, so that the verdict is written after it. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}
