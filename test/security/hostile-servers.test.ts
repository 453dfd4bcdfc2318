import { describe, it } from "vitest";
import { SINK_TYPES } from "../../capabilities/api/vocabulary";
import { runs } from "../fixtures/property";
import { hostileConversations } from "./conversations";

// `npm run fuzz` finds the files that try properties by the name of fast-check.
const RUNS = 25;

describe.each(SINK_TYPES)("a hostile server of a %s sink", (type) => {
  it(
    `has none of its words shown, and none of those that it was told, in ${RUNS} conversations`,
    () => hostileConversations(type, runs(RUNS)),
    runs(120_000),
  );
});
