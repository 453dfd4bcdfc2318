import { describe, it } from "vitest";
import { SINK_TYPES } from "../../capabilities/api/vocabulary";
import { hostileConversations } from "../security/conversations";

/** Of all types together. */
const CONVERSATIONS = 20_000;
const EACH = Math.ceil(CONVERSATIONS / SINK_TYPES.length);

describe.each(SINK_TYPES)("hostile servers of a %s sink", (type) => {
  it(
    `are not heard, and no attempt is late, in ${EACH} conversations`,
    () => hostileConversations(type, EACH),
    3_600_000,
  );
});
