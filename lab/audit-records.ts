import { readFile } from "node:fs/promises";

/** What the operator's log keeps of one test and run, as far as demos and benchmarks look at it. */
export interface AuditRecord {
  readonly test: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly requestedBy: string | null;
  readonly outcome: "Completed" | "Aborted";
  readonly verdict: "True" | "False" | null;
  readonly cause: string | null;
  readonly probeId: string;
  readonly startedAt: string;
  readonly completedAt: string;
  readonly latencyMs: number | null;
  readonly waitedMs: number;
}

/** The audit records in the log of a watcher process, oldest first. */
export async function readAuditRecords(logFile: string): Promise<AuditRecord[]> {
  const lines = (await readFile(logFile, "utf8")).split("\n");
  return lines.filter((line) => line.includes('"audit":true')).map((line) => JSON.parse(line) as AuditRecord);
}
