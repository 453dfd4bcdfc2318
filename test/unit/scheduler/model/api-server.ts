import type { ConnectionTestStatus, KollectConnectionTest, Sink } from "../../../../capabilities/api/types";
import { ClusterError } from "../../../../capabilities/domain/cluster-error";
import type { Cluster, ObjectRef, Secret, WriteResult } from "../../../../capabilities/domain/ports";
import { pageStatus } from "../../../../capabilities/domain/status";
import { systemClock } from "../../../../capabilities/lib/clock";
import { KEPT_PLAN_BYTES } from "../../../../capabilities/scheduler/probe-run";
import { makeTest } from "../../../fixtures/make-test";
import type { Ledger } from "./ledger";

/** Both have sinks of the same names. The tests of each name its sinks. */
const NAMESPACES = ["shop", "store"] as const;
const TIMEOUT_SECONDS = 2;

/** A process of the operator; what it asked for is lost when it has ended. */
export interface Life {
  readonly ended: boolean;
}

export interface ApiServerOptions {
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** Whether the installed CRD drops what the page of the kind does not know. */
  readonly prunes: boolean;
  readonly ledger: Ledger;
  /** Called with every new state of a test. */
  readonly changed: (test: KollectConnectionTest) => void;
  readonly deleted: (test: KollectConnectionTest) => void;
}

const { sleep } = systemClock();
/** Large plans are dropped while they wait, small ones are kept. */
const LARGE = Buffer.alloc(KEPT_PLAN_BYTES + 1);
const SMALL = Buffer.alloc(0);

/**
 * A model of the API server that keeps its promises (preconditions on uid, generation and resourceVersion) and
 * breaks what it may: its calls take their time, and fail before or after they have done what was asked.
 */
export class ApiServer {
  readonly #tests = new Map<string, KollectConnectionTest>();
  readonly #sinks = new Map([
    ["healthy", 1],
    ["silent", 1],
    ["flaky", 1],
  ]);
  #version = 100;
  #uids = 0;
  /** So many calls fail from now on. */
  failures = 0;

  constructor(private readonly options: ApiServerOptions) {}

  tests(): KollectConnectionTest[] {
    return [...this.#tests.values()];
  }

  sinks(): Sink[] {
    return NAMESPACES.flatMap((namespace) =>
      [...this.#sinks.keys()].flatMap((name) => this.#sink(namespace, name) ?? []),
    );
  }

  create(name: string, sink: string): void {
    if (this.#tests.has(name)) return;
    const namespace = NAMESPACES[name < "f" ? 0 : 1];
    const retryLimit = sink === "flaky" ? 1 : 0;
    this.#put(
      makeTest({
        metadata: { name, namespace, uid: `uid-${++this.#uids}`, generation: 1 },
        spec: { sinkRef: { databaseSinkRef: sink }, timeoutSeconds: TIMEOUT_SECONDS, retryLimit },
      }),
    );
  }

  /** Asks for another run. */
  patch(name: string): void {
    const test = this.#tests.get(name);
    if (!test) return;
    const { metadata, spec } = test;
    this.#put({
      ...test,
      metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 },
      spec: { ...spec, requestedAt: String(this.#version) },
    });
  }

  /** Changes nothing that matters. */
  label(name: string): void {
    const test = this.#tests.get(name);
    if (test) this.#put(test);
  }

  delete(name: string): void {
    const test = this.#tests.get(name);
    if (!test) return;
    this.#tests.delete(name);
    this.options.deleted(test);
  }

  /** Changes a sink in both namespaces, or creates it. */
  touchSink(name: string): Sink[] {
    this.#sinks.set(name, (this.#sinks.get(name) ?? 0) + 1);
    return this.sinks().filter(({ metadata }) => metadata.name === name);
  }

  exists(uid: string): boolean {
    return this.tests().some(({ metadata }) => metadata.uid === uid);
  }

  /** The port of one process. */
  connect(life: Life): Cluster {
    const { ledger } = this.options;
    const call = <T>(answer: () => T): Promise<T> => this.#call(life, answer);
    return {
      getTest: (_namespace, name) => call(() => ledger.answered(this.#tests.get(name))),
      getSink: (_kind, namespace, name, signal) => {
        if (!life.ended) ledger.reads(signal);
        return call(() => this.#sink(namespace, name));
      },
      getSecret: (namespace, name) => call(() => secret(namespace, name)),
      writeStatus: (test, status, signal) => {
        if (!life.ended) ledger.writes(test, signal);
        return call(() => this.#writeStatus(test, status));
      },
      writeOwners: (test, ownerReferences) =>
        call(() =>
          this.#guarded(test, (current) =>
            this.#put({ ...current, metadata: { ...current.metadata, ownerReferences } }),
          ),
        ),
      deleteTest: (test) => call(() => this.#guarded(test, () => this.delete(test.name))),
      createEvent: () => call(() => undefined),
      applySinkConditions: () => Promise.reject(new Error("no sink of the model asks for a probe")),
      removeSinkAnnotation: () => Promise.reject(new Error("no sink of the model has an annotation")),
      mayGetSink: () => Promise.reject(new Error("the scheduler checks no access")),
    };
  }

  async #call<T>(life: Life, answer: () => T): Promise<T> {
    await sleep(this.options.random() * 20);
    if (life.ended) return new Promise(() => undefined);
    if (this.failures === 0) return answer();
    this.failures -= 1;
    if (this.options.random() < 0.3) answer();
    throw new ClusterError("any call", 503, "ServiceUnavailable", "try again");
  }

  #put(test: KollectConnectionTest): void {
    const resourceVersion = String(++this.#version);
    const versioned = { ...test, metadata: { ...test.metadata, resourceVersion } };
    this.#tests.set(test.metadata.name ?? "", versioned);
    this.options.changed(versioned);
  }

  #sink(namespace: string, name: string): Sink | undefined {
    const generation = this.#sinks.get(name);
    if (generation === undefined) return undefined;
    const metadata = { name, namespace, uid: `sink-${namespace}-${name}`, generation };
    return { kind: "KollectDatabaseSink", metadata, spec: { type: "postgres" } } as Sink;
  }

  #writeStatus(ref: ObjectRef & { generation: number }, status: ConnectionTestStatus): WriteResult {
    const test = this.#tests.get(ref.name);
    if (!test) return "gone";
    if (test.metadata.uid !== ref.uid || test.metadata.generation !== ref.generation) return "superseded";
    if (status.completed && !isKept(test, status)) this.options.ledger.verdict(test, status);
    this.#put({ ...test, status: this.options.prunes ? pageStatus(status) : status });
    return "written";
  }

  #guarded(
    ref: ObjectRef & { resourceVersion: string },
    write: (current: KollectConnectionTest) => void,
  ): WriteResult {
    const test = this.#tests.get(ref.name);
    if (!test || test.metadata.uid !== ref.uid) return "gone";
    if (test.metadata.resourceVersion !== ref.resourceVersion) return "superseded";
    write(test);
    return "written";
  }
}

/** Whether the verdict that is there stays, and only a condition is added to it. */
function isKept({ status: before }: KollectConnectionTest, status: ConnectionTestStatus): boolean {
  const isSame = before?.probeId !== undefined && before.probeId === status.probeId;
  return isSame && (status.conditions ?? []).some(({ type }) => type === "SinkChanged");
}

function secret(namespace: string, name: string): Secret {
  const data = new Map([["dsn", name === "flaky" ? SMALL : LARGE]]);
  return { namespace, name, resourceVersion: "1", data };
}
