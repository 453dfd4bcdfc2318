import type { SinkRevision } from "../domain/identity";
import type { Outcome } from "../domain/outcome";
import { isAnotherSink, isLater } from "../domain/sinks/change";

/** Limit for a sink that is edited again and again. */
const MAX_FURTHER_PROBES = 2;

/**
 * The outcome of a probe whose sink, as far as the watch shows, is still the one that was read. A sink that changed
 * meanwhile is probed again, at most twice; after that the last outcome is reported and says that the sink changed.
 * @param outdated called with each outcome that is not reported
 */
export async function outcomeOfCurrentSink(
  probe: () => Promise<Outcome>,
  seen: () => SinkRevision | undefined,
  outdated: (outcome: Outcome) => void,
): Promise<Outcome> {
  for (let further = 0; ; further += 1) {
    const outcome = await probe();
    const { sink } = outcome;
    if (!sink || !isAnotherSink(sink, seen())) return outcome;
    if (further === MAX_FURTHER_PROBES) {
      return isLater(sink, seen()) ? { ...outcome, sinkChanged: "SinkGeneration" } : outcome;
    }
    outdated(outcome);
  }
}
