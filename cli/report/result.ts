import type { Condition, KollectConnectionTest, ProbeDetails } from "../../capabilities/api/types";
import type { ConditionType } from "../../capabilities/api/vocabulary";
import { generationOf, hasVerdict } from "../../capabilities/domain/decide";
import { clean } from "../../capabilities/probes/messages";
import type { SinkTarget } from "../../capabilities/domain/spec";
import type { SinkResult } from "./report";

/** Members that may still be undefined. */
type Draft<Keys extends keyof SinkResult> = { readonly [Key in Keys]?: SinkResult[Key] | undefined };

const PENDING = "The operator has not observed the test yet.";

/** A test's result for its sink: the verdict of its generation, or that there is none. */
export function resultOf(target: SinkTarget, test: KollectConnectionTest, type?: string): SinkResult {
  const { status = {} } = test;
  const verified = conditionOf(test, "ConnectionVerified");
  const insecure = conditionOf(test, "TLSInsecure");
  return defined({
    ...target,
    type: status.sink?.type ?? type,
    verdict: verdictOf(test, verified),
    reason: verified?.reason ?? "Pending",
    message: verified?.message || PENDING,
    latencyMs: status.latencyMs,
    tlsInsecure: insecure?.status === "True" ? insecure.reason : undefined,
    ...found(status.probe),
    attempts: status.attempts,
    startedAt: status.startedAt,
    completedAt: status.completedAt,
    test: test.metadata.name,
  });
}

function found({
  endpoint,
  cause,
  serverVersion,
  tls,
  phases = [],
  unproven = [],
  limitations = [],
}: ProbeDetails = {}): Draft<
  "endpoint" | "cause" | "serverVersion" | "tls" | "phases" | "unproven" | "limitations"
> {
  return { endpoint, cause, serverVersion, tls, phases, unproven, limitations };
}

/** The verdict; a condition of an older generation does not count. */
function verdictOf(test: KollectConnectionTest, verified: Condition | undefined): SinkResult["verdict"] {
  if (!hasVerdict(test) || verified?.observedGeneration !== generationOf(test)) return "Unknown";
  return verified.status === "True" || verified.status === "False" ? verified.status : "Unknown";
}

function conditionOf(test: KollectConnectionTest, type: ConditionType): Condition | undefined {
  return test.status?.conditions?.find((condition) => condition.type === type);
}

/** Without members that are undefined, in a stable order, and with texts that a terminal shows as they are. */
function defined(result: Draft<keyof SinkResult>): SinkResult {
  return cleaned(
    Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined && value !== "")),
  ) as SinkResult;
}

/** The value with all its texts cleaned, because users with rights to the status of a test choose them. */
function cleaned(value: unknown): unknown {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, cleaned(each)]));
}
