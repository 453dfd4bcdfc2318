import type { ExportOutcome } from "../../truth/row";

/** An operation of the exporter that did not work out. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";

  constructor(
    readonly step: string,
    message: string,
  ) {
    super(message);
  }
}

/** The outcome of an export; faults of the laboratory stay rejections. */
export async function outcomeOf(work: () => Promise<void>): Promise<ExportOutcome> {
  try {
    await work();
    return { works: true };
  } catch (error) {
    if (error instanceof StepFailed) return { works: false, step: error.step, error: error.message };
    throw error;
  }
}
