import { fork } from "node:child_process";
import { join } from "node:path";
import type { Cause } from "../../capabilities/api/vocabulary";
import type { ProbeCase } from "../backends/run-case";
import { ROOT } from "../stage";

/** What is repeated until a leak would show. */
export type SeriesName = "success" | "refused connection" | "refused credentials";

/** What the process that probes has to do. */
export interface ProbeWork {
  readonly series: Readonly<Record<SeriesName, { readonly probeCase: ProbeCase; readonly cause?: Cause }>>;
  /** Sinks whose server misbehaves, by what it does. */
  readonly faults: Readonly<Record<string, ProbeCase>>;
}

export interface SeriesFigures {
  /** Milliseconds that one probe takes. */
  readonly p50: number;
  /** How many more are open after the series than before; NaN where there is no /proc. */
  readonly descriptors: number;
  /** How many more things keep the event loop alive than before. */
  readonly active: number;
  /** Growth of what is in use after garbage collection, buffers outside of the heap included. */
  readonly livePercent: number;
  /** Growth of the resident memory, of which V8 and the allocator keep some for later. */
  readonly residentPercent: number;
}

export interface ProbeFigures {
  readonly series: Readonly<Record<SeriesName, SeriesFigures>>;
  /** Milliseconds past the deadline, by fault. */
  readonly overshootMs: Readonly<Record<string, number>>;
}

export type Answer = { readonly figures: ProbeFigures } | { readonly error: string };

const WITHIN_MS = 300_000;

/** Does the work in a process of its own. Rejects when that fails or is aborted; the process has ended then. */
export async function measureProbes(work: ProbeWork, signal: AbortSignal): Promise<ProbeFigures> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
  const child = fork(join(ROOT, "lab/bench/probe-worker.ts"), {
    cwd: ROOT,
    execArgv: ["--expose-gc", "--import", "tsx"],
    signal: either,
    killSignal: "SIGKILL",
  });
  const answer = await new Promise<Answer>((resolve, reject) => {
    let received: Answer | undefined;
    let failure: Error | undefined;
    child.once("message", (message) => (received = message as Answer));
    child.once("error", (error) => (failure = error));
    child.once("close", (code) => {
      if (received) resolve(received);
      else reject(failure ?? new Error(`the process that probes ended with code ${code}`));
    });
    // A child that cannot be given work has ended, and `close` tells.
    child.send(work, (error) => (failure ??= error ?? undefined));
  });
  if ("error" in answer) throw new Error(answer.error);
  return answer.figures;
}
