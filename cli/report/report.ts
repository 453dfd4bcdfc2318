import type { ConnectionTestStatus } from "../../capabilities/api/types";
import type { Cause, SinkKind } from "../../capabilities/api/vocabulary";

/** Version of the report's form, which `-o json` and `-o yaml` write: see docs/kubectl-plugin.md. */
export const REPORT_API_VERSION = "cli.kollect.dev/v1alpha1";
export const REPORT_KIND = "ConnectionReport";

type Probe = NonNullable<ConnectionTestStatus["probe"]>;

/** Result of one sink. */
export interface SinkResult {
  /** Context of the kubeconfig; only where one report covers several. */
  readonly context?: string;
  readonly namespace: string;
  readonly kind: SinkKind;
  readonly name: string;
  /** Backend; absent when the sink was never read. */
  readonly type?: string;
  readonly verdict: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly cause?: Cause;
  readonly message: string;
  /** Milliseconds from Resolve to Authorize. */
  readonly latencyMs?: number;
  readonly endpoint?: string;
  readonly serverVersion?: string;
  readonly tls?: NonNullable<Probe["tls"]>;
  /** Why the peer was not verified; absent when it was. */
  readonly tlsInsecure?: string;
  readonly phases: NonNullable<Probe["phases"]>;
  readonly unproven: NonNullable<Probe["unproven"]>;
  readonly limitations: NonNullable<Probe["limitations"]>;
  readonly attempts?: number;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly completedAt?: string;
  /** Name of the KollectConnectionTest; absent for a check without a cluster. */
  readonly test?: string;
  /** Why the sink has no verdict of its own: the input, the command or the time limit. */
  readonly fault?: "Input" | "Command" | "Timeout";
}

/** Findings of a command, the input of every output format. */
export interface Report {
  readonly apiVersion: typeof REPORT_API_VERSION;
  readonly kind: typeof REPORT_KIND;
  readonly command: string;
  /** Where the probes ran: this machine, or the cluster of a context. */
  readonly from: string;
  readonly startedAt: string;
  readonly completedAt: string;
  readonly exitCode: number;
  readonly summary: { readonly total: number } & Readonly<Record<SinkResult["verdict"], number>>;
  /** Why the command failed; absent when it completed. */
  readonly error?: string;
  readonly sinks: readonly SinkResult[];
}

/** Counts of verdicts. */
export function summaryOf(sinks: readonly SinkResult[]): Report["summary"] {
  const count = (verdict: SinkResult["verdict"]): number =>
    sinks.filter((sink) => sink.verdict === verdict).length;
  return { total: sinks.length, True: count("True"), False: count("False"), Unknown: count("Unknown") };
}
