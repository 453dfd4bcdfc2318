import type { PhaseName } from "../api/vocabulary";
import type { Recorder } from "./probe";

/**
 * Error for a question that the server does not answer with these credentials. It is not a fault of a sink whose rights
 * suffice for writing, so {@link phaseIfPermitted} turns it into a skipped phase.
 */
export class NotPermittedToAsk extends Error {
  override readonly name = "NotPermittedToAsk";

  constructor(readonly why: string = "not permitted to ask") {
    super(why);
  }
}

/** Runs a phase in which the server may refuse to answer; resolves to undefined if it refuses. */
export async function phaseIfPermitted<T>(
  recorder: Recorder,
  name: PhaseName,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await recorder.phase(name, run);
  } catch (error) {
    if (!(error instanceof NotPermittedToAsk)) throw error;
    recorder.skipped(name, error.why);
    return undefined;
  }
}
