import type { KollectConnectionTest, ProbedSecret, Sink } from "../api/types";
import type { SinkChange } from "../api/vocabulary";
import { refOf, type SinkRevision } from "../domain/identity";
import type { Outcome } from "../domain/outcome";
import type { Cluster, Logger, ObjectRef } from "../domain/ports";
import {
  isAnotherSink,
  isLater,
  isNews,
  probedVersions,
  saidChange,
  withSinkChange,
  type Versions,
} from "../domain/sinks/change";
import { sinkTarget, isFailure, type SinkTarget } from "../domain/spec";
import { timestamp } from "../domain/status";
import { untilServed } from "../kube/until-served";
import type { Clock } from "../lib/clock";
import { VersionIndex } from "../lib/version-index";
import type { SinkIndex } from "./sink-index";
import { writeWhatTheCrdTakes } from "./status-writer";

export interface SinkChangesDependencies {
  readonly cluster: Pick<Cluster, "getTest" | "getSink" | "writeStatus">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sinks: Pick<SinkIndex, "get">;
}

interface Finished {
  readonly ref: ObjectRef & { generation: number };
  readonly target: SinkTarget;
  readonly probed: Versions;
  readonly probeId: string | undefined;
  /** Milliseconds since the epoch, rounded to whole seconds like the status. */
  readonly completedAt: number;
  said: SinkChange | undefined;
}

/** Pause between writes, because one sink may have thousands of finished tests: 40 a second, each with a read. */
const WRITE_EVERY_MS = 25;
const RETRY = { baseMs: 1000, maxMs: 60_000 };
/** A status has whole seconds. */
const SECOND_MS = 1000;

/**
 * Marks finished tests whose sink changed. It changes no verdict and probes nothing. A test is written once for the
 * first change of a Secret and once for the first change of the sink, however many follow.
 */
export class SinkChanges {
  readonly #finished = new Map<string, Finished>();
  /** The same, indexed by the generation of the sink and by the versions of the Secrets that were read for the verdict. */
  readonly #bySink = new VersionIndex<Finished>();
  readonly #bySecret = new VersionIndex<Finished>();
  /** Pending writes, in order. */
  readonly #due = new Map<Finished, SinkChange>();
  readonly #stop = new AbortController();
  #working = false;

  constructor(private readonly dependencies: SinkChangesDependencies) {}

  get size(): number {
    return this.#finished.size;
  }

  stop(): void {
    this.#stop.abort(new DOMException("The operator ends.", "AbortError"));
    this.#due.clear();
  }

  /** Takes a finished test as observed; returns at once. */
  observe(test: KollectConnectionTest): void {
    const { uid } = refOf(test);
    const known = this.#finished.get(uid);
    if (known && isOfSameProbe(test, known)) known.said = saidChange(test) ?? known.said;
    else this.#take(test);
    const finished = this.#finished.get(uid);
    if (finished) this.#compare(finished, this.dependencies.sinks.get(finished.target));
  }

  #take(test: KollectConnectionTest): void {
    const ref = refOf(test);
    this.forget(ref.uid);
    const probed = probedVersions(test);
    const target = sinkTarget(test);
    if (!probed || isFailure(target)) return;
    const { completedAt = "", probeId } = test.status ?? {};
    const finished: Finished = {
      ref,
      target,
      probed,
      probeId,
      completedAt: Date.parse(completedAt) || Infinity,
      said: saidChange(test),
    };
    this.#finished.set(ref.uid, finished);
    this.#bySink.add(...sinkEntry(target, probed.sink), finished);
    for (const secret of probed.secrets) this.#bySecret.add(...secretEntry(secret), finished);
  }

  #compare(finished: Finished, seen: SinkRevision | undefined): void {
    if (isAnotherSink(finished.probed.sink, seen)) this.#say(finished, "SinkGeneration");
  }

  /** Takes a sink as observed by the watch. */
  sinkShown(target: SinkTarget, seen: SinkRevision): void {
    for (const finished of this.#bySink.ofOthers(...sinkEntry(target, seen))) this.#compare(finished, seen);
  }

  /** Takes the Secrets that a probe read: the operator learns their versions only from its own reads. */
  secretsRead({ secrets, startedAt }: Outcome): void {
    for (const finished of secrets.flatMap((secret) => [
      ...this.#bySecret.ofOthers(...secretEntry(secret)),
    ])) {
      // A probe that began earlier may have read an older version than the verdict's.
      if (startedAt >= finished.completedAt + SECOND_MS) this.#say(finished, "SecretVersion");
    }
  }

  forget(uid: string): void {
    const finished = this.#finished.get(uid);
    if (!finished) return;
    this.#finished.delete(uid);
    this.#due.delete(finished);
    const { target, probed } = finished;
    this.#bySink.delete(...sinkEntry(target, probed.sink), finished);
    for (const secret of probed.secrets) this.#bySecret.delete(...secretEntry(secret), finished);
  }

  #say(finished: Finished, change: SinkChange): void {
    if (this.#stop.signal.aborted || !isNews(change, finished.said)) return;
    if (this.#due.get(finished) === "SinkGeneration") return;
    this.#due.set(finished, change);
    if (!this.#working) void this.#work();
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    const { clock, log } = this.dependencies;
    const { signal } = this.#stop;
    this.#working = true;
    for (const [finished, change] of this.#due) {
      this.#due.delete(finished);
      try {
        await untilServed(() => this.#write(finished, change), { clock, backoff: RETRY, signal });
        await clock.sleep(WRITE_EVERY_MS, signal);
      } catch (error) {
        if (signal.aborted) break;
        log.warn({ ...finished.ref, error: String(error) }, "the condition SinkChanged was not written");
      }
    }
    this.#working = false;
  }

  async #write(finished: Finished, change: SinkChange): Promise<void> {
    const { cluster, clock } = this.dependencies;
    const { ref } = finished;
    if (change === "SinkGeneration" && !(await this.#isCertain(finished))) return;
    const test = await cluster.getTest(ref.namespace, ref.name, this.#stop.signal);
    const isSame =
      test !== undefined && test.metadata.uid === ref.uid && this.#finished.get(ref.uid) === finished;
    if (!isSame || !isOfSameProbe(test, finished) || !isNews(change, saidChange(test))) return;
    finished.said = change;
    const status = withSinkChange(test, change, timestamp(clock.now()));
    await writeWhatTheCrdTakes(this.dependencies, refOf(test), status, this.#stop.signal);
  }

  /** Another UID may be an older one that the watch has yet to replace: only a live read of the sink counts. */
  async #isCertain({ target, probed }: Finished): Promise<boolean> {
    const { cluster, sinks } = this.dependencies;
    if (isLater(probed.sink, sinks.get(target))) return true;
    const sink: Sink | undefined = await cluster.getSink(
      target.kind,
      target.namespace,
      target.name,
      this.#stop.signal,
    );
    return sink !== undefined && sink.metadata.uid !== probed.sink.uid;
  }
}

function isOfSameProbe(test: KollectConnectionTest, { probeId, ref }: Finished): boolean {
  return refOf(test).generation === ref.generation && test.status?.probeId === probeId;
}

/** Key and version of a {@link VersionIndex}; kinds, namespaces and names have no slash. */
type Entry = readonly [key: string, version: string];

function sinkEntry({ kind, namespace, name }: SinkTarget, { uid, generation }: SinkRevision): Entry {
  return [`${kind}/${namespace}/${name}`, `${uid}/${generation}`];
}

function secretEntry({ namespace, name, resourceVersion }: ProbedSecret): Entry {
  return [`${namespace}/${name}`, resourceVersion];
}
