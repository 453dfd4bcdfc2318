import type { SinkRevision } from "../domain/identity";
import type { Outcome } from "../domain/outcome";
import { isAnotherSink, isLater } from "../domain/sinks/change";

/** A sink that is edited without end must not be probed without end. */
const MAX_FURTHER_PROBES = 2;

/**
 * The outcome of a probe whose sink is still the one that was read, by what the watch has shown. A sink that changed
 * meanwhile is probed again, at most twice; then the last outcome is told, and says so.
 * @param outdated hears of each outcome that is not told
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
