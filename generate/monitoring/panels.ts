import type { Row } from "./panel";
import { LOAD } from "./rows/load";
import { SINKS } from "./rows/sinks";
import { TIMES } from "./rows/times";
import { VERDICTS } from "./rows/verdicts";

/** Everything that the dashboard shows, row by row. */
export const ROWS: readonly Row[] = [VERDICTS, TIMES, LOAD, SINKS];
