import type { Act } from "./demo";
import { everyBackend } from "./every-backend";
import { firstVerdict } from "./first-verdict";
import { fixAndRerun } from "./fix-and-rerun";
import { timeToLive } from "./time-to-live";
import { wrongPassword } from "./wrong-password";

/** The demo, in order: each act builds on what the ones before it have left. */
export const ACTS: readonly Act[] = [firstVerdict, wrongPassword, fixAndRerun, timeToLive, everyBackend];
