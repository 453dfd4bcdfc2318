import { inventoryTable } from "../backends/postgres-table";
import { randomBytes } from "node:crypto";
import { sampleProcess, type ProcessPeaks } from "./sampler";
import { dsnOf } from "../drafts";
import { DEPLOYED_MEMORY } from "../operator/deployed-memory";
import { startPostgres, type PostgresServer } from "../servers/postgres/server";
import { startStage, type Stage } from "../stage";
import { createFinished, type FinishedOptions } from "./denominator";
import { inParallel } from "./in-parallel";
import { costOf, type Cost } from "./cost";
import { createLoadClient, type LoadClient } from "./load-client";
import type { Measure } from "./report";
import { startSilentServers } from "./silent-servers";
import { sinkObject, sinksPath, testsPath } from "./test-objects";

/** One thing to measure. */
export interface BenchCase {
  readonly name: string;
  /** Only with `--long`. */
  readonly long?: boolean;
  run(bench: Bench): Promise<Measure[]>;
}

/** One thing to measure without a control plane and an operator. */
export interface StandaloneCase {
  readonly name: string;
  /** Only with `--long`. */
  readonly long?: boolean;
  readonly standalone: true;
  /** When the signal aborts, it stops what it has started, and rejects. */
  run(setting: Setting): Promise<Measure[]>;
}

export interface Setting {
  log(line: string): void;
  readonly signal: AbortSignal;
}

/** Tests a second, and the processor time for all of them. */
export interface Finished {
  readonly result: number;
  readonly cost: Cost;
}

export interface FreeOperator extends Pick<FinishedOptions, "count" | "probe"> {
  readonly namespace: string;
  /** Name of a finished test there, whose status it writes. */
  readonly finished: string;
}

/** Tests for a client to create and finish. */
export interface Finishing extends Pick<FinishedOptions, "status" | "sink" | "probe"> {
  /** A new one when absent. */
  readonly namespace?: string | undefined;
  readonly count?: number;
  /** How many other clients watch them meanwhile; none when absent. */
  readonly watches?: number;
}

/** What the cases work with: one control plane, one PostgreSQL, one operator. */
export interface Bench {
  readonly stage: Stage;
  readonly client: LoadClient;
  readonly postgres: PostgresServer;
  log(line: string): void;
  /** A new namespace with the Secret `dsn` of the PostgreSQL server and the sink `healthy`. */
  namespace(): Promise<string>;
  /** Creates sinks `PREFIX-0 …` of the PostgreSQL server. */
  healthySinks(namespace: string, prefix: string, count: number): Promise<string[]>;
  /** Creates sinks `silent-0 …`, each with a listener of its own that never answers. */
  silentSinks(namespace: string, count: number): Promise<string[]>;
  /** Creates and finishes tests as a client, and removes them. No watcher may run. */
  createAndFinish(wanted: Finishing): Promise<Finished>;
  /** Creates and finishes tests while no watcher runs: tests a second. Then starts a new watcher. */
  denominator(): Promise<number>;
  /**
   * The same for an operator that costs nothing: a client writes the status of this finished test to tests of the sink
   * `healthy`, while two others watch, as the operator and a client that waits for the verdict do.
   */
  freeOperator(wanted: FreeOperator): Promise<Finished>;
  /** Ends the watcher, does the work, and starts a new one, whose memory is that of a new process. */
  withoutWatcher<T>(work: () => Promise<T>): Promise<T>;
  /** Suspends the watcher during the work, which must be short: the API server ends watches that are not read. */
  besideSuspendedWatcher<T>(work: () => Promise<T>): Promise<T>;
  sampleWatcher(): () => ProcessPeaks;
  removeTests(namespace: string): Promise<void>;
  stop(): Promise<void>;
}

const DENOMINATOR_TESTS = 1_000;

/** Starts everything. When something fails, nothing is left running. */
export async function startBench({ log, signal }: Setting): Promise<Bench> {
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const postgres = await startPostgres();
    undo.push(() => postgres.stop());
    await postgres.sql(inventoryTable("inventory"));
    const stage = await startStage({ log, signal, env: DEPLOYED_MEMORY });
    undo.push(() => stage.stop());
    const client = createLoadClient(stage.cluster);
    undo.push(() => client.close());
    return { ...cases({ stage, client, postgres, undo }), log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts extends Pick<Bench, "stage" | "client" | "postgres"> {
  readonly undo: (() => Promise<void> | void)[];
}

function cases(parts: Parts): Omit<Bench, "log" | "stop"> {
  const { stage, client, postgres } = parts;
  const withoutWatcher: Bench["withoutWatcher"] = async (work) => {
    await stage.operator.watcher.stop();
    try {
      return await work();
    } finally {
      await stage.operator.watcher.restart();
    }
  };
  const besideSuspendedWatcher: Bench["besideSuspendedWatcher"] = async (work) => {
    const { watcher } = stage.operator;
    watcher.kill("SIGSTOP");
    try {
      return await work();
    } finally {
      watcher.kill("SIGCONT");
    }
  };
  const namespace = async (): Promise<string> => {
    const name = `bench-${randomBytes(3).toString("hex")}`;
    await client.send({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name } } });
    await createSecret(client, name, {
      name: "dsn",
      port: postgres.port,
      password: postgres.superuser.password,
    });
    await createSinks(client, name, [{ name: "healthy", secret: "dsn" }]);
    return name;
  };
  const removeTests = (name: string): Promise<void> =>
    client.send({ method: "DELETE", path: testsPath(name) });
  const createAndFinish: Bench["createAndFinish"] = async ({
    namespace: given,
    watches = 0,
    count = DENOMINATOR_TESTS,
    ...options
  }) => {
    const own = given ?? (await namespace());
    const opened = await Promise.all(
      Array.from({ length: watches }, () => client.watch(`${testsPath(own)}?watch=true`, () => undefined)),
    );
    const prefix = "own";
    // Only the tests themselves are counted, not the removal of all of them after.
    const finished = await costOf(parts, () =>
      createFinished({ client, namespace: own, prefix, count, ...options }),
    );
    for (const watch of opened) watch.close();
    await removeTests(own);
    return finished;
  };
  let warmUp: Promise<Finished> | undefined;
  const denominator = async (): Promise<number> => {
    // The first one meets an admission process whose code V8 has not compiled yet, and would flatter us by a third.
    await (warmUp ??= createAndFinish({}));
    return (await createAndFinish({})).result;
  };
  return {
    ...{ stage, client, postgres, withoutWatcher, besideSuspendedWatcher },
    ...{ namespace, removeTests, createAndFinish },
    healthySinks: async (name, prefix, count) => {
      const sinks = Array.from({ length: count }, (_, index) => ({
        name: `${prefix}-${index}`,
        secret: "dsn",
      }));
      await createSinks(client, name, sinks);
      return sinks.map((sink) => sink.name);
    },
    silentSinks: (name, count) => silentSinks(parts, name, count),
    denominator: () => withoutWatcher(denominator),
    freeOperator: async ({ namespace: finishedIn, finished, ...rest }) => {
      const { status } = await client.get<{ status: object }>(testsPath(finishedIn, finished));
      return withoutWatcher(() => createAndFinish({ ...rest, status, sink: "healthy", watches: 2 }));
    },
    sampleWatcher: () => sampleProcess(stage.operator.watcher.pid, stage.cluster.url),
  };
}

async function silentSinks({ client, undo }: Parts, namespace: string, count: number): Promise<string[]> {
  const servers = await startSilentServers(count);
  undo.push(() => servers.stop());
  const sinks = servers.ports.map((port, index) => ({
    name: `silent-${index}`,
    port,
    secret: `silent-${index}`,
  }));
  await inParallel(sinks, async ({ secret, port }) => {
    await createSecret(client, namespace, { name: secret, port, password: "is-not-asked-for" });
  });
  await createSinks(client, namespace, sinks);
  return sinks.map((sink) => sink.name);
}

async function createSecret(
  client: LoadClient,
  namespace: string,
  secret: { readonly name: string; readonly port: number; readonly password: string },
): Promise<void> {
  const body = {
    metadata: { name: secret.name },
    stringData: { dsn: dsnOf({ host: "127.0.0.1", ...secret }) },
  };
  await client.send({ method: "POST", path: `/api/v1/namespaces/${namespace}/secrets`, body });
}

async function createSinks(
  client: LoadClient,
  namespace: string,
  sinks: readonly { readonly name: string; readonly secret: string }[],
): Promise<void> {
  await inParallel(sinks, async ({ name, secret }) => {
    await client.send({
      method: "POST",
      path: sinksPath(namespace),
      body: sinkObject(name, namespace, secret),
    });
  });
}
