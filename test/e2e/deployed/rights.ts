import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { operatorRules, type Feature } from "../../../generate/config/operator-rules";
import { OPERATOR_SERVICE_ACCOUNT } from "../../../generate/config/roles";
import { rightsOf, ruleLines } from "../../fixtures/rights";
import { ROOT } from "../../../lab/stage";
import type { Installation } from "./installation";

const SOON = { timeout: 30_000, interval: 100 };
const ACCOUNT = `pepr-system:${OPERATOR_SERVICE_ACCOUNT}`;
const SWITCHES: readonly (readonly [Feature | undefined, readonly string[]])[] = [
  [undefined, []],
  ["sinkTriggers", ["operator-sink-triggers.yaml"]],
  ["accessCheck", ["operator-access-check.yaml"]],
];

/** The whole of what the deployed ServiceAccount may do; whatever is not listed, it may not. */
export function deployedRights(installation: () => Installation): void {
  describe("the deployed ServiceAccount", () => {
    const files = (names: readonly string[]): string[] =>
      names.flatMap((name) => ["-f", join(ROOT, "config/rbac", name)]);

    afterEach(async () => {
      const roles = files(SWITCHES.flatMap(([, names]) => names));
      await installation().kubectl("delete", "--ignore-not-found", ...roles);
    });

    it.for(SWITCHES)(
      "may do what the table of rights says and nothing else, with the switch %s",
      async ([feature, names]) => {
        const { kubectl, cluster } = installation();
        if (names.length > 0) await kubectl("apply", "--server-side", "--validate=strict", ...files(names));
        const rights = ruleLines(operatorRules(feature ? [feature] : []));

        for (const namespace of ["default", "kube-system", "pepr-system"]) {
          // The API server reads roles from a cache that a change reaches a moment later.
          await vi.waitFor(
            async () => expect(await rightsOf(cluster, ACCOUNT, namespace)).toEqual(rights),
            SOON,
          );
        }
      },
    );
  });
}
