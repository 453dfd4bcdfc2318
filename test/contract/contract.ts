import type { Inputs } from "../failures/input";
import type { ProbeFixture } from "./fixture";

/** What one type of sink brings to the contract. */
export interface Contract {
  /** Starts the servers. */
  start(): Promise<unknown>;
  /** Stops what has been started, also after a start that failed. */
  stop(): Promise<unknown>;
  /** What gives each failure that the type's page shows, by the names of generate/failures. */
  readonly failures: Inputs;
  /** For each way to speak to the servers, by the name that its tests have. */
  readonly fixtures: Readonly<Record<string, ProbeFixture>>;
}
