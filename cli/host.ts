import type { Readable } from "node:stream";
import type { Stream } from "./terminal/screen";

/** The plugin's interface to its process. */
export interface Host {
  /** The words after the program's name. */
  readonly args: readonly string[];
  /** The path that it was called by, for its help. */
  readonly calledAs: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Aborts when a signal ends the command; the reason is {@link Interrupted}. */
  readonly interrupt: AbortSignal;
  /** Runs the same command in a new process without these variables, and returns its exit code. */
  runAgainWithout(variables: readonly string[]): Promise<number>;
}

/** A signal has ended the command; `SIGPIPE` stands for a reader that has closed standard output. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(readonly signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE") {
    super(`ended by ${signal}`);
  }
}
