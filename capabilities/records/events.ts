import type { Cluster, EventDraft, Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { EventQueue } from "./event-queue";

export interface EventRecorderDependencies {
  readonly cluster: Pick<Cluster, "createEvent">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Average rate of writes; above 0. */
  readonly ratePerSecond: number;
  /** How many different Events may wait. */
  readonly queueSize: number;
  /** How many may be written at once after an idle period; 10 when absent. */
  readonly burst?: number;
  /** How long no Event may have come before one is written, in milliseconds; 100 when absent. */
  readonly lullMs?: number;
}

const BURST = 10;
const LULL_MS = 100;
/** How long one write waits for a lull, in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * Writes Events in the background, so that no verdict waits for one: `record` returns at once and never throws. The
 * queue is bounded, namespaces take turns, queued repetitions are written as one Event with their count, and Events
 * that do not fit are dropped and counted. An Event costs the API server a third of a test, so during a burst of
 * verdicts only one is written each second, until the queue is half full.
 */
export class EventRecorder {
  readonly #waiting: EventQueue;
  #draining = false;
  #dropped = 0;
  #failing = false;
  #overflowing = false;
  #tokens: number;
  #refilledAt: number;
  #recordedAt = 0;

  constructor(private readonly dependencies: EventRecorderDependencies) {
    this.#waiting = new EventQueue(dependencies.queueSize);
    this.#tokens = dependencies.burst ?? BURST;
    this.#refilledAt = dependencies.clock.now();
  }

  /** How many were not written because the queue was full or the API server refused them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How many are queued. */
  get waiting(): number {
    return this.#waiting.length;
  }

  record(event: EventDraft): void {
    this.#recordedAt = this.dependencies.clock.now();
    const dropped = this.#waiting.add(event);
    if (dropped) this.#drop(dropped);
    if (!this.#draining) void this.#drain();
  }

  /** Never rejects. */
  async #drain(): Promise<void> {
    this.#draining = true;
    while (this.#waiting.length > 0) {
      await this.#token();
      await this.#lull();
      // Taken after the waits, because repetitions may have been added meanwhile.
      const event = this.#waiting.next();
      if (event) await this.#write(event);
    }
    this.#overflowing = false;
    this.#draining = false;
  }

  async #write(event: EventDraft): Promise<void> {
    try {
      await this.dependencies.cluster.createEvent(event);
      this.#failing = false;
    } catch (error) {
      this.#dropped += event.count ?? 1;
      const { kind, namespace, name } = event.regarding;
      const fields = { kind, namespace, name, reason: event.reason, error: String(error) };
      // One warning is enough until a write succeeds again.
      this.dependencies.log[this.#failing ? "debug" : "warn"](fields, "an Event was not written");
      this.#failing = true;
    }
  }

  #drop(event: EventDraft): void {
    this.#dropped += event.count ?? 1;
    if (this.#overflowing) return;
    this.#overflowing = true;
    this.dependencies.log.warn(
      { waiting: this.#waiting.length, dropped: this.#dropped },
      "the queue of Events is full; further Events are dropped until it is empty",
    );
  }

  /** Takes one token from the bucket, waiting until one is available. */
  async #token(): Promise<void> {
    const { clock, ratePerSecond, burst = BURST } = this.dependencies;
    const now = clock.now();
    const refill = (Math.max(0, now - this.#refilledAt) * ratePerSecond) / 1000;
    this.#tokens = Math.min(burst, this.#tokens + refill) - 1;
    this.#refilledAt = now;
    if (this.#tokens < 0) await clock.sleep((-this.#tokens * 1000) / ratePerSecond);
  }

  /** Waits until no Event has come for a while. What is slept is counted, because the clock may be changed. */
  async #lull(): Promise<void> {
    const { clock, queueSize, lullMs = LULL_MS } = this.dependencies;
    for (let slept = 0; slept < PATIENCE_MS && this.#waiting.length * 2 < queueSize; ) {
      const left = lullMs - (clock.now() - this.#recordedAt);
      if (left <= 0) return;
      const ms = Math.min(left, lullMs);
      await clock.sleep(ms);
      slept += ms;
    }
  }
}
