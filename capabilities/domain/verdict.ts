import type { KollectConnectionTest } from "../api/types";
import type { Outcome } from "./outcome";
import type { SinkTarget } from "./spec";

/** A verdict that is written and visible, for the records that outlive the test. */
export interface Verdict {
  readonly test: KollectConnectionTest;
  /** Undefined when the spec does not name exactly one sink. */
  readonly target: SinkTarget | undefined;
  /** Whether that sink should own the test. */
  readonly ownerSink: boolean;
  readonly outcome: Outcome;
  /** Who asked for the run, as admission saw it; undefined where admission does not apply. */
  readonly requestedBy: string | undefined;
  /** Milliseconds from when the test was observed to when its probe started, and that it waited for slots. */
  readonly waitedMs: number;
}
