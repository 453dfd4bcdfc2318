import type { SinkTarget } from "../../capabilities/domain/spec";
import type { SinkResult } from "./report";

/** Results while they come in: each sink keeps its place, and a later result of it takes the place of an earlier one. */
export class Findings {
  private readonly byKey = new Map<string, SinkResult>();
  private hasEnded = false;

  /** @param keyOf what tells results apart: the sink, or the test where a sink may have several */
  constructor(
    private readonly changed: (result: SinkResult) => void = () => undefined,
    private readonly keyOf: (result: SinkResult) => string = bySink,
    /** What every result here has in common. */
    private readonly common: Pick<SinkResult, "context"> = {},
  ) {}

  /** What is still under way, such as the answer to a create, is no finding any more. */
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
  return { ...target, verdict: "Unknown", phases: [], unproven: [], limitations: [], ...about };
}
