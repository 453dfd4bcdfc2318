import { clean } from "../../capabilities/probes/messages";
import type { SinkResult } from "../report/report";
import { sinkName } from "../report/sink-name";

/** Style of text for a terminal. */
export interface Style {
  readonly colours: boolean;
}

/** Columns of every table: heading, and the cell of a result. Empty cells are shown as in kubectl. */
export const COLUMNS = {
  context: ["CONTEXT", ({ context }) => context],
  namespace: ["NAMESPACE", ({ namespace }) => namespace],
  sink: ["SINK", sinkName],
  type: ["TYPE", ({ type }) => type],
  verdict: ["VERDICT", ({ verdict }) => verdict],
  cause: ["CAUSE", ({ cause, reason, verdict }) => (verdict === "True" ? undefined : (cause ?? reason))],
  reason: ["REASON", ({ reason }) => reason],
  latency: ["LATENCY", ({ latencyMs }) => (latencyMs === undefined ? undefined : `${latencyMs} ms`)],
  unproven: ["UNPROVEN", ({ unproven }) => unproven.map(({ need }) => need).join(",")],
  limitations: ["LIMITATIONS", ({ limitations }) => limitations.map(({ id }) => id).join(",")],
  endpoint: ["ENDPOINT", ({ endpoint }) => endpoint],
  version: ["VERSION", ({ serverVersion }) => serverVersion],
  tls: ["TLS", ({ tls, tlsInsecure }) => [tls?.version, tlsInsecure].filter(Boolean).join(" ")],
  attempts: ["ATTEMPTS", ({ attempts }) => attempts?.toString()],
  test: ["TEST", ({ test }) => test],
  message: ["MESSAGE", ({ message }) => message],
} as const satisfies Record<string, readonly [string, (result: SinkResult) => string | undefined]>;

export type ColumnName = keyof typeof COLUMNS;

export const EMPTY = "<none>";

/** One line that a terminal shows as it is: the objects of a cluster are not only the operator's to write. */
export function cell(column: ColumnName, result: SinkResult): string {
  return clean(COLUMNS[column][1](result) ?? "") || EMPTY;
}

/** A column for the contexts if the report covers several. */
export function contextColumn(sinks: readonly SinkResult[]): readonly ColumnName[] {
  return sinks.some(({ context }) => context !== undefined) ? ["context"] : [];
}
