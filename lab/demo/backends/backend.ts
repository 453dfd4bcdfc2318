import type { Prerequisite } from "../../prerequisites";
import type { ProbeCase } from "../../backends/run-case";
import type { Authority } from "../../pki";
import type { PostgresServer } from "../../servers/postgres";
import type { Sample } from "../sample";

/** A server for which the demo has a sink. */
export interface Backend {
  /** Names the sink, its Secret and its test. */
  readonly name: string;
  /** What answers, for people. */
  readonly server: string;
  /** What it needs of the machine beyond what the demo needs anyway. */
  readonly needs: readonly Prerequisite[];
  /** The folder in the cache of a program that takes a while to build. */
  readonly program?: string;
  /** Starts it. When that fails, nothing is left running. */
  start(context: BackendContext): Promise<RunningBackend>;
}

/** What the demo has already. */
export interface BackendContext {
  /** Issues the servers' certificates; the sinks trust it. */
  readonly authority: Authority;
  readonly postgres: PostgresServer;
  readonly sample: Sample;
}

export interface RunningBackend {
  /** A sink that works, and the one Secret that it names. */
  readonly probeCase: ProbeCase;
  stop(): Promise<void>;
}

/** Does the rest of a start; stops what has been started when that fails. */
export async function orStop(
  stop: () => Promise<unknown>,
  rest: () => Promise<ProbeCase>,
): Promise<RunningBackend> {
  try {
    return { probeCase: await rest(), stop: async () => void (await stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}
