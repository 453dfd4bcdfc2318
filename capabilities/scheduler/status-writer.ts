import type { ConnectionTestStatus, KollectConnectionTest } from "../api/types";
import { ClusterError } from "../domain/cluster-error";
import { refOf } from "../domain/identity";
import type { Outcome, Progress } from "../domain/outcome";
import type { Cluster, Logger, ObjectRef, WriteResult } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { finalStatus, pageStatus, plainStatus, progressStatus } from "../domain/status";
import { untilServed } from "../kube/until-served";

const WRITE_BACKOFF = { baseMs: 500, maxMs: 15_000 };
const UNPROCESSABLE = 422;

export interface StatusWriterDependencies {
  readonly cluster: Pick<Cluster, "writeStatus">;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Writes the status of one run of one test, one write at a time. Every write carries the run's uid and
 * generation, so that it cannot change a recreated object or one with a newer spec. Progress that newer progress or the
 * verdict has replaced is not written.
 */
export class StatusWriter {
  #writing: Promise<unknown> = Promise.resolve();
  #next: Progress | undefined;
  #test: KollectConnectionTest;

  constructor(
    test: KollectConnectionTest,
    private readonly about: { readonly requestedBy: string | undefined; readonly interruptions: number },
    private readonly dependencies: StatusWriterDependencies,
    private readonly signal: AbortSignal,
  ) {
    this.#test = test;
  }

  /** Writes the run's progress in the background; a failure is only logged, because the verdict will follow. */
  progress(progress: Progress): void {
    this.#next = progress;
    this.#writing = this.#writing.then(() => this.#writeProgress());
  }

  /**
   * Writes the verdict after the current write, and retries while the API server is unavailable.
   * Rejects with the signal's reason, or with a permanent `ClusterError`.
   */
  async verdict(outcome: Outcome): Promise<WriteResult> {
    this.#next = undefined;
    await this.#writing;
    const status = finalStatus(this.#test, outcome, this.about.requestedBy);
    const { clock } = this.dependencies;
    return untilServed(() => this.#write(status), { clock, backoff: WRITE_BACKOFF, signal: this.signal });
  }

  async #writeProgress(): Promise<void> {
    const progress = this.#next;
    this.#next = undefined;
    if (!progress || this.signal.aborted) return;
    const stamp = { ...this.about, now: this.dependencies.clock.now() };
    try {
      await this.#write(progressStatus(this.#test, progress, stamp));
    } catch (error) {
      if (this.signal.aborted) return;
      this.dependencies.log.warn({ ...refOf(this.#test), error: String(error) }, "progress was not written");
    }
  }

  async #write(status: ConnectionTestStatus): Promise<WriteResult> {
    const result = await writeWhatTheCrdTakes(this.dependencies, refOf(this.#test), status, this.signal);
    if (result === "written") this.#test = { ...this.#test, status };
    return result;
  }
}

/**
 * Writes a status. If another installer's stricter CRD rejects it, the additions for the exporter's limitations are
 * left out, and then all fields that are not in every version of the CRD.
 */
export async function writeWhatTheCrdTakes(
  { cluster, log }: Pick<StatusWriterDependencies, "cluster" | "log">,
  ref: ObjectRef & { generation: number },
  status: ConnectionTestStatus,
  signal: AbortSignal,
): Promise<WriteResult> {
  for (const [index, reduced] of [status, plainStatus(status)].entries()) {
    try {
      return await cluster.writeStatus(ref, reduced, signal);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status !== UNPROCESSABLE) throw error;
      log.debug({ ...ref, error: error.message, index }, "the installed CRD refuses parts of the status");
    }
  }
  return cluster.writeStatus(ref, pageStatus(status), signal);
}
