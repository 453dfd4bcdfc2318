import { GROUP, PLURALS } from "../api/vocabulary";
import type { Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import type { Crds, CustomResourceDefinition } from "../kube/crds";

export interface KindsCheckDependencies {
  readonly crds: Crds;
  readonly clock: Clock;
  readonly log: Logger;
  /** Empty when the operator does not install them. */
  readonly definitions: readonly CustomResourceDefinition[];
}

const RETRY_MS = 5000;
/** Pause after applying a definition, which the API server serves a moment later. */
const SETTLE_MS = 1000;

/**
 * Makes sure that the API server serves the operator's kinds: installs them if it may, and otherwise logs once, in one
 * line, what is missing and what to do, and continues to check. The framework's watches retry by themselves.
 * Rejects only with the signal's reason.
 */
export async function checkKinds(dependencies: KindsCheckDependencies, signal?: AbortSignal): Promise<void> {
  const { clock, log } = dependencies;
  await install(dependencies, signal);
  if ((await missingKinds(dependencies, signal)) !== "") await clock.sleep(SETTLE_MS, signal);
  let said = "";
  for (;;) {
    const missing = await missingKinds(dependencies, signal);
    if (missing === "") {
      if (said) log.info({}, "all kinds are served now");
      return;
    }
    if (missing !== said)
      log.error({ missing }, `${missing} No test can run until then; checking again every 5 s.`);
    said = missing;
    await clock.sleep(RETRY_MS, signal);
  }
}

async function install(
  { crds, log, definitions }: KindsCheckDependencies,
  signal?: AbortSignal,
): Promise<void> {
  for (const definition of definitions) {
    const { name } = definition.metadata;
    try {
      if ((await crds.apply(definition, signal)) === "applied") continue;
      log.info(
        { name },
        "this CustomResourceDefinition is owned by another field manager and differs; leaving it unchanged",
      );
    } catch (error) {
      signal?.throwIfAborted();
      log.warn({ name, error: String(error) }, "this CustomResourceDefinition could not be applied");
    }
  }
}

/** One sentence about what is missing; empty when nothing is. */
async function missingKinds({ crds }: KindsCheckDependencies, signal?: AbortSignal): Promise<string> {
  try {
    const served = await Promise.all(PLURALS.map((plural) => crds.isServed(plural, signal)));
    const missing = PLURALS.filter((_plural, index) => !served[index]).map((plural) => `${plural}.${GROUP}`);
    if (missing.length === 0) return "";
    return `The API server does not serve ${missing.join(", ")}: apply the CustomResourceDefinitions (kubectl apply -k config/crd).`;
  } catch (error) {
    signal?.throwIfAborted();
    return `The operator could not ask the API server for its kinds (${String(error)}).`;
  }
}
