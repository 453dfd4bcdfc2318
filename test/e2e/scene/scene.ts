import { randomBytes } from "node:crypto";
import type { ConnectionTestSpec, KollectConnectionTest } from "../../../capabilities/api/types";
import { hasVerdict } from "../../../capabilities/domain/decide";
import { waitUntil } from "../../../lab/control-plane/wait";
import {
  startPostgres,
  type PostgresOptions,
  type PostgresServer,
} from "../../../lab/servers/postgres/server";
import { startStage, type Stage, type StageOptions } from "../../../lab/stage";
import { connectionTest, dsnOf, postgresSink, secret, type Dsn } from "../../../lab/drafts";
import { objectsOf, type Named, type Objects } from "./objects";
import { TestWatch, type Seen } from "./watch";

export interface SceneOptions extends StageOptions {
  readonly postgres?: PostgresOptions;
}

/** What sets a test apart from the one that is created when nothing is said. */
export interface TestDraft {
  readonly name?: string;
  readonly sink?: string;
  readonly spec?: Partial<ConnectionTestSpec>;
  readonly annotations?: Record<string, string>;
  readonly finalizers?: string[];
}

/** A stage with a PostgreSQL server, and what end-to-end tests ask of them. */
export interface Scene {
  readonly stage: Stage;
  readonly postgres: PostgresServer;
  /** As the administrator. */
  readonly objects: Objects;
  readonly watch: TestWatch;
  /** A new, empty namespace. */
  namespace(): Promise<string>;
  /** A sink with its Secret; the superuser's DSN of the PostgreSQL server unless parts of it are given. */
  sink(namespace: string, name: string, dsn?: Partial<Dsn>): Promise<Named>;
  /** Creates a test of a database sink, as the administrator: `probe` of the sink `orders` unless said otherwise. */
  test(namespace: string, options?: TestDraft): Promise<KollectConnectionTest>;
  /** The first state with a verdict of this object's generation or a later one; rejects when none comes. */
  verdict(test: KollectConnectionTest, timeoutMs?: number): Promise<KollectConnectionTest>;
  /** The first state of the object for which `check` holds. */
  state(
    test: KollectConnectionTest,
    what: string,
    check: (state: KollectConnectionTest) => boolean,
    timeoutMs?: number,
  ): Promise<KollectConnectionTest>;
  /** When the object was deleted, in milliseconds since the epoch. */
  deletion(test: KollectConnectionTest, timeoutMs?: number): Promise<number>;
  stop(): Promise<void>;
}

/** Only ever used up when something hangs. */
const WITHIN_MS = 60_000;

/** Starts everything; when a part does not start, nothing is left running. */
export async function startScene({ postgres: settings, ...options }: SceneOptions = {}): Promise<Scene> {
  const [postgres, stage] = await Promise.allSettled([startPostgres(settings), startStage(options)]);
  if (postgres.status === "fulfilled" && stage.status === "fulfilled") {
    return describe(stage.value, postgres.value, await TestWatch.open(stage.value.cluster));
  }
  if (postgres.status === "fulfilled") await postgres.value.stop();
  if (stage.status === "fulfilled") await stage.value.stop();
  throw [postgres, stage].find((start) => start.status === "rejected")?.reason;
}

function describe(stage: Stage, postgres: PostgresServer, watch: TestWatch): Scene {
  const objects = objectsOf(stage.api);
  const seen: Find = ({ metadata }, what, find, timeoutMs = WITHIN_MS) =>
    waitUntil({ what: `${what} of ${metadata.namespace}/${metadata.name}`, timeoutMs, intervalMs: 20 }, () =>
      Promise.resolve(watch.of(metadata.uid).find(find)),
    );
  return {
    stage,
    postgres,
    objects,
    watch,
    namespace: async () => {
      const name = `shop-${randomBytes(4).toString("hex")}`;
      await objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      return name;
    },
    sink: async (namespace, name, dsn = {}) => {
      const { host, port, superuser } = postgres;
      await objects.apply(secret(namespace, name, { dsn: dsnOf({ host, port, ...superuser, ...dsn }) }));
      return objects.create(postgresSink(namespace, name));
    },
    test: async (namespace, { name = "probe", sink = "orders", spec, ...metadata } = {}) => {
      const draft = connectionTest(namespace, name, sink, spec);
      return objects.create({ ...draft, metadata: { ...draft.metadata, ...metadata } });
    },
    verdict: async (test, timeoutMs) => {
      const { generation } = test.metadata;
      const final = ({ test: state }: Seen): boolean =>
        state.metadata.generation >= generation && hasVerdict(state);
      return (await seen(test, `a verdict of generation ${generation}`, final, timeoutMs)).test;
    },
    state: async (test, what, check, timeoutMs) =>
      (await seen(test, what, ({ test: state }) => check(state), timeoutMs)).test,
    deletion: async (test, timeoutMs) =>
      (await seen(test, "the deletion", ({ type }) => type === "DELETED", timeoutMs)).at,
    stop: async () => {
      watch.close();
      await Promise.allSettled([stage.stop(), postgres.stop()]);
    },
  };
}

type Find = (
  test: KollectConnectionTest,
  what: string,
  find: (seen: Seen) => boolean,
  timeoutMs?: number,
) => Promise<Seen>;
