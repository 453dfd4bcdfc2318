import type { Interrupted } from "./host";

/** What the plugin's exit code means: for its help, for the docs, and for pipelines that branch on it. */
export const EXIT_CODES = [
  { code: 0, meaning: "every verdict is True" },
  { code: 1, meaning: "the command itself failed: no cluster, no rights, no operator" },
  { code: 2, meaning: "wrong usage or input, such as a Secret that is not among the files of check" },
  { code: 3, meaning: "a verdict is False" },
  { code: 4, meaning: "with --strict: True with something unproven (NotAnswered), limited or TLS-insecure" },
  { code: 5, meaning: "no verdict within --timeout" },
  { code: 130, meaning: "ended by Ctrl-C; 143 by SIGTERM" },
] as const;

export const OK = 0;
export const FAILED = 1;
export const USAGE = 2;
export const VERDICT_FALSE = 3;
export const NOT_STRICT = 4;
export const TIMED_OUT = 5;

/** The code that counts when several apply, the first one first. */
const PRECEDENCE: readonly number[] = [USAGE, FAILED, VERDICT_FALSE, TIMED_OUT, NOT_STRICT];

/** The exit code for all that applies; 0 for nothing. */
export function exitCodeOf(codes: readonly number[]): number {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? OK;
}

/** The exit code of a program that a signal has ended, as shells give it. */
export const SIGNAL_CODES: Readonly<Record<Interrupted["signal"], number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  SIGPIPE: 141,
};
