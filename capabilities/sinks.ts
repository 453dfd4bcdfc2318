import { Capability } from "pepr";
import { SINK_CLASSES } from "./api/kinds";
import type { Sink } from "./api/types";
import { SINK_KINDS } from "./api/vocabulary";
import type { Services } from "./services";
import { take } from "./framework/hand-over";
import { detached } from "./framework/kept-objects";
import { createShowings, everyPhase } from "./framework/watch-phases";
import type { ServedNamespaces } from "./served-namespaces";

/** The watches of the three sink kinds: they identify the sink that a test names, and wake runs that wait for one. */
export function sinksCapability(services: () => Promise<Services>, served: ServedNamespaces): Capability {
  const capability = new Capability({
    name: "sinks",
    description: "Follows the Kollect sinks that connection tests name",
    namespaces: [...served.byFramework],
  });
  const showing = createShowings();
  for (const kind of SINK_KINDS) {
    const { When } = capability;
    const named = (sink: object): Sink => ({ ...sink, kind }) as Sink;
    When(SINK_CLASSES[kind])
      .IsCreatedOrUpdated()
      .Watch((shown, phase) => {
        const how = showing(shown, phase);
        const sink = detached(shown);
        if (served.includes(sink)) take(services, ({ operator }) => operator.sinks[how](named(sink)));
      });
  }
  return everyPhase(capability);
}
