import type { DialTarget } from "../../capabilities/probes/net/dialler";
import type { Authority } from "../pki";
import type { Prerequisite } from "../prerequisites";
import type { PostgresServer } from "../servers/postgres/server";
import type { ProbeCase } from "./run-case";

/** Keys and values of one Secret. */
export type Values = Readonly<Record<string, string>>;

/** A server that the demo, the bench and the contract tests can start for one type of sink. */
export interface LabServer {
  /** Names the sink, its Secret and its test in the demo, and its row in the bench. */
  readonly name: string;
  /** The server's software, for people. */
  readonly server: string;
  /** What it needs of the machine beyond what the demo needs anyway. */
  readonly needs: readonly Prerequisite[];
  /** The folder in the cache of a program that takes a while to build. */
  readonly program?: string;
  /** Starts it. When that fails, nothing is left running. */
  start(context: LabContext): Promise<RunningServer>;
  /**
   * A sink at another address that does not verify the server: with the values of the good sink's Secret, or, where
   * they would name an address, with others of their kind.
   */
  at(target: DialTarget, values: Values): ProbeCase;
  /** The values of the good sink's Secret with a wrong password, token or key. */
  refuse(values: Values): Values;
  /** The beginning of an answer that never becomes complete. */
  readonly dripBytes: Buffer;
  /** Clients wait for the server's greeting. */
  readonly serverSpeaksFirst?: boolean;
}

/** The servers of one type of sink: one for each transport over which its probe speaks. */
export type LabBackend = readonly [LabServer, ...LabServer[]];

/** What runs already when a server is started. */
export interface LabContext {
  /** Issues the servers' certificates; the sinks trust it. */
  readonly authority: Authority;
  readonly postgres: PostgresServer;
  /** What the PostgreSQL server holds. */
  readonly sample: {
    readonly user: string;
    readonly password: string;
    readonly database: string;
    readonly table: string;
  };
}

export interface RunningServer {
  /** A sink that works, and the one Secret that it names. */
  readonly probeCase: ProbeCase;
  stop(): Promise<void>;
}

/** Does the rest of a start; stops what has been started when that fails. */
export async function orStop(
  stop: () => Promise<unknown>,
  rest: () => Promise<ProbeCase>,
): Promise<RunningServer> {
  try {
    return { probeCase: await rest(), stop: async () => void (await stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Stops one after the other. */
export async function stopAll(stopping: ReadonlyArray<() => Promise<void>>): Promise<void> {
  for (const stop of stopping) await stop();
}
