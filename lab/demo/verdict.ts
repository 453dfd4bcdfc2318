import type { KollectConnectionTest } from "../../capabilities/api/types";
import type { Demo } from "./demo";

/** What the acts look at in a test. */
export interface ShownVerdict {
  /** Each condition as `status reason`. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly message: string;
  readonly observedGeneration: number | undefined;
  readonly requestedBy: string | undefined;
  readonly probeId: string | undefined;
  readonly endpoint?: string | undefined;
  readonly serverVersion?: string | undefined;
  readonly cause?: string | undefined;
}

/** The verdict of a test as its status shows it. */
export function verdictOf({ status = {} }: KollectConnectionTest): ShownVerdict {
  const { conditions = [], observedGeneration, requestedBy, probeId, probe } = status;
  const verified = conditions.find(({ type }) => type === "ConnectionVerified");
  return {
    conditions: Object.fromEntries(
      conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]),
    ),
    message: verified?.message ?? "",
    observedGeneration,
    requestedBy,
    probeId,
    ...probe,
  };
}

/** `kubectl get` of the example's test as the page writes it. */
export function wideRow({ sample }: Demo): string {
  return `kubectl get kconntest ${sample.test.name} -n ${sample.test.namespace} -o wide`;
}

/** One short line for every condition. */
export function conditionList({ sample }: Demo): string {
  const template = '{range .status.conditions[*]}{.type}={.status} {.reason}{"\\n"}{end}';
  return `kubectl get kconntest ${sample.test.name} -n ${sample.test.namespace} -o jsonpath='${template}'`;
}
