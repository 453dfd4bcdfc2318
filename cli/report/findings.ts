import { clean } from "../../capabilities/probes/messages";
import type { SinkTarget } from "../../capabilities/domain/spec";
import type { SinkResult } from "./report";

/** Results as they arrive: each sink keeps its position, and its later result replaces an earlier one. */
export class Findings {
  private readonly byKey = new Map<string, SinkResult>();
  private hasEnded = false;

  /** @param keyOf key of a result: the sink, or the test if a sink may have several */
  constructor(
    private readonly changed: (result: SinkResult) => void = () => undefined,
    private readonly keyOf: (result: SinkResult) => string = bySink,
    /** Members that all results here have in common. */
    private readonly common: Pick<SinkResult, "context"> = {},
  ) {}

  /** Ends the collection: later results, such as the answer to a pending create, are ignored. */
  end(): void {
    this.hasEnded = true;
  }

  set(found: SinkResult): void {
    if (this.hasEnded) return;
    const result = { ...found, ...this.common };
    this.byKey.set(this.keyOf(result), result);
    this.changed(result);
  }

  get results(): readonly SinkResult[] {
    return [...this.byKey.values()];
  }
}

export function bySink({ kind, namespace, name }: SinkResult): string {
  return [kind, namespace, name].join("/");
}

export function byTest({ namespace, test = "" }: SinkResult): string {
  return [namespace, test].join("/");
}

/** A sink that has no verdict. */
export function withoutVerdict(
  target: SinkTarget,
  about: Pick<SinkResult, "reason" | "message"> & Partial<SinkResult>,
): SinkResult {
  const message = clean(about.message);
  return { ...target, verdict: "Unknown", phases: [], unproven: [], limitations: [], ...about, message };
}
