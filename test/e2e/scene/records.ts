import { readFileSync } from "node:fs";
import type { KubeApi } from "../../../lab/operator/kube-api";

/** One line of the operator's audit record, by the members that tests read. */
export interface AuditRecord {
  readonly audit: true;
  readonly event: string;
  readonly requestedBy: string | null;
  readonly test: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
  };
  readonly sink: {
    readonly kind: string;
    readonly name: string;
    readonly uid?: string;
    readonly generation?: number;
  } | null;
  readonly secrets: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion: string;
  }[];
  readonly outcome: "Completed" | "Aborted";
  readonly verdict: "True" | "False" | null;
  readonly reason: string;
  readonly cause: string | null;
  readonly probeId: string;
  readonly [member: string]: unknown;
}

/** The audit record, which the operator writes among its other lines; the mark `audit` tells them apart. */
export function auditRecords(logFile: string): AuditRecord[] {
  return readFileSync(logFile, "utf8")
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.includes('"audit":true'))
    .map((line) => JSON.parse(line) as AuditRecord);
}

/** An Event as events.k8s.io/v1 has it. */
export interface RecordedEvent {
  readonly metadata: { readonly name: string };
  readonly type: "Normal" | "Warning";
  readonly action: string;
  readonly reason: string;
  readonly note: string;
  readonly reportingController: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly series?: { readonly count: number };
}

/** The Events about one object. */
export async function eventsOf(
  api: KubeApi,
  { namespace, uid }: { namespace: string; uid: string },
): Promise<RecordedEvent[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const { items } = (await api.request({ method: "GET", path })) as { items: RecordedEvent[] };
  return items.filter(({ regarding }) => regarding.uid === uid);
}

/**
 * The samples of one metric in Prometheus' text form, by their labels as they are written: `type="x",result="y"`,
 * or an empty string without labels.
 */
export function samples(metrics: string, name: string): Map<string, number> {
  const pattern = new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm");
  return new Map([...metrics.matchAll(pattern)].map(([, labels = "", value]) => [labels, Number(value)]));
}
