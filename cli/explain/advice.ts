import type { Cause } from "../../capabilities/api/vocabulary";
import { CAUSE_TEXTS } from "../../generate/reference/causes";

/** The docs' text about a cause; undefined for no cause, and for one that only a newer operator has. */
export function adviceOf(cause: Cause | undefined): (typeof CAUSE_TEXTS)[Cause] | undefined {
  return cause !== undefined && Object.hasOwn(CAUSE_TEXTS, cause) ? CAUSE_TEXTS[cause] : undefined;
}
