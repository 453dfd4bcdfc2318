import type { KollectConnectionTest } from "../api/types";
import {
  SINK_FAMILIES,
  SINK_KINDS,
  SPEC_BOUNDS,
  SPEC_DEFAULTS,
  type SinkKind,
  type SinkRefField,
} from "../api/vocabulary";
import type { Failure } from "./failure";
import { isDnsSubdomain } from "../api/names";

/** The sink that a test names. */
export interface SinkTarget {
  readonly kind: SinkKind;
  readonly namespace: string;
  readonly name: string;
}

/** A spec with all defaults filled in and all numbers within their bounds. */
export interface EffectiveSpec {
  readonly ownerSink: boolean;
  readonly ttlSecondsAfterFinished: number;
  readonly timeoutSeconds: number;
  readonly retryLimit: number;
}

/**
 * Reads a spec as the operator's schema defines it. Another installer's CRD may prune or admit what this schema would
 * not, so defaults and bounds are applied here again. Never throws.
 */
export function effectiveSpec(test: KollectConnectionTest, maxTimeoutSeconds: number): EffectiveSpec {
  const spec: Partial<KollectConnectionTest["spec"]> = test.spec ?? {};
  return {
    ownerSink: spec.ownerSink ?? SPEC_DEFAULTS.ownerSink,
    ttlSecondsAfterFinished: bounded(spec.ttlSecondsAfterFinished, "ttlSecondsAfterFinished"),
    timeoutSeconds: Math.min(bounded(spec.timeoutSeconds, "timeoutSeconds"), maxTimeoutSeconds),
    retryLimit: bounded(spec.retryLimit, "retryLimit"),
  };
}

function bounded(value: unknown, field: keyof typeof SPEC_BOUNDS): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return SPEC_DEFAULTS[field];
  const { minimum, maximum } = SPEC_BOUNDS[field];
  return Math.min(Math.max(Math.trunc(value), minimum), maximum);
}

/** The one sink that `spec.sinkRef` names, or the `InvalidSinkRef` failure that describes the mistake. */
export function sinkTarget(test: KollectConnectionTest): SinkTarget | Failure {
  const ref: Partial<Record<SinkRefField, unknown>> = test.spec?.sinkRef ?? {};
  const set = SINK_KINDS.filter((kind) => ref[SINK_FAMILIES[kind].refField] !== undefined);
  const [kind] = set;
  if (kind === undefined || set.length > 1) return invalidSinkRef(countMessage(set));
  const field = SINK_FAMILIES[kind].refField;
  const name = ref[field];
  if (typeof name !== "string" || !isDnsSubdomain(name)) {
    return invalidSinkRef(
      `spec.sinkRef.${field} is not the name of an object: use lower case letters, digits, '-' and '.'.`,
    );
  }
  return { kind, namespace: test.metadata.namespace ?? "", name };
}

export function isFailure(value: SinkTarget | Failure): value is Failure {
  return "reason" in value;
}

function countMessage(set: readonly SinkKind[]): string {
  const fields = SINK_KINDS.map((kind) => SINK_FAMILIES[kind].refField).join(", ");
  if (set.length === 0) return `spec.sinkRef names no sink. Set exactly one of ${fields}.`;
  const given = set.map((kind) => SINK_FAMILIES[kind].refField).join(" and ");
  return `spec.sinkRef sets ${given}. Keep exactly one of ${fields}.`;
}

function invalidSinkRef(message: string): Failure {
  return { reason: "InvalidSinkRef", message };
}
