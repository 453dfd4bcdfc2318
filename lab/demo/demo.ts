import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { KollectConnectionTest } from "../../capabilities/api/types";
import type { PostgresServer } from "../servers/postgres/server";
import { ROOT, startStage, type Stage } from "../stage";
import { addressOf, startSampleDatabase } from "./database";
import { readSample, type Sample } from "./sample";
import type { Screen } from "./screen";
import { runShell } from "./shell";

/** One part of the demo. */
export interface Act {
  readonly title: string;
  play(demo: Demo): Promise<void>;
}

/** What the acts work with. */
export interface Demo {
  readonly stage: Stage;
  readonly postgres: PostgresServer;
  readonly sample: Sample;
  /** Every backend was asked for, also those that take long to build. */
  readonly all: boolean;
  /** Ends when the person interrupts. */
  readonly signal: AbortSignal;
  say(text: string): void;
  /** Shows a command line, runs it and shows what it prints. Rejects unless it ends with code 0. */
  run(line: string): Promise<string>;
  /** Shows that something is as promised; throws when it is not. */
  promise(what: string, found: unknown, expected: unknown): void;
  /** The example's test as it is now. */
  readTest(): Promise<KollectConnectionTest>;
  /** Has something stopped with the demo. */
  onStop(stop: () => Promise<void>): void;
  stop(): Promise<void>;
}

export interface DemoOptions {
  readonly all: boolean;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

const COMMAND_DEADLINE_MS = 150_000;
/** All servers are on loopback, which may be either for the name localhost. */
const OPERATOR_SETTINGS = { KOLLECT_ALLOW_CIDRS: "127.0.0.0/8,::1" };

/** Starts PostgreSQL, the control plane and the operator. When something fails, nothing is left running. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { screen, signal, env, all } = options;
  const sample = readSample(ROOT);
  screen.say("Starting PostgreSQL, a Kubernetes API server and the operator, all on this machine.");
  const postgres = await startSampleDatabase(sample);
  try {
    signal.throwIfAborted();
    const assets = env.KUBEBUILDER_ASSETS;
    // Without a log the control plane's build shows its progress on the terminal's last line.
    const controlPlane = { log: undefined, ...(assets ? { assets } : {}) };
    const log = (line: string): void => screen.say(`  ${line}`);
    const stage = await startStage({ env: OPERATOR_SETTINGS, log, signal, controlPlane });
    screen.say(
      `  PostgreSQL ${postgres.version} at ${addressOf(postgres)}, API server at ${stage.cluster.url}`,
    );
    const stops = [postgres.stop, stage.stop];
    return {
      ...{ stage, postgres, sample, all, signal },
      ...tools(stage, sample, options),
      onStop: (stop) => void stops.push(stop),
      stop: () => stopAll(stops),
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** The last one first, and each although another fails. */
async function stopAll(stops: ReadonlyArray<() => Promise<void>>): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of [...stops].reverse()) await stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "not everything could be stopped");
}

function tools(
  stage: Stage,
  sample: Sample,
  { screen, signal, env }: DemoOptions,
): Pick<Demo, "say" | "run" | "promise" | "readTest"> {
  const { namespace, name } = sample.test;
  const path = `/apis/kollect.dev/v1alpha1/namespaces/${namespace}/kollectconnectiontests/${name}`;
  const shellEnv = {
    PATH: `${dirname(stage.cluster.kubectl)}:${env.PATH ?? ""}`,
    KUBECONFIG: stage.cluster.kubeconfig,
    HOME: stage.cluster.dataDir, // kubectl keeps what it discovers in its home
  };
  return {
    say: (text) => screen.say(text),
    run: async (line) => {
      screen.command(line);
      const { code, stdout } = await runShell({
        line,
        cwd: ROOT,
        env: shellEnv,
        timeoutMs: COMMAND_DEADLINE_MS,
        signal,
        onOutput: (text) => screen.output(text),
      }).catch((error: unknown) => {
        throw new Error(`${line}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      });
      if (code === 0) return stdout;
      throw new Error(`${line} ended with code ${code}; its output is above`);
    },
    promise: (what, found, expected) => {
      if (!isDeepStrictEqual(found, expected)) {
        throw new Error(`not as promised: ${what}. Expected ${show(expected)}, found ${show(found)}`);
      }
      screen.kept(what);
    },
    readTest: async () => (await stage.api.request({ method: "GET", path })) as KollectConnectionTest,
  };
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
