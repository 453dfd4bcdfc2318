import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** A request as the API server's audit log has it, at level Metadata. */
export interface ApiRequestRecord {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** Reads an audit log line by line, because it grows by some kilobytes for every test. */
export async function* readApiAudit(auditLog: string): AsyncGenerator<ApiRequestRecord> {
  for await (const line of createInterface({ input: createReadStream(auditLog, "utf8") })) {
    if (line.endsWith("}")) yield JSON.parse(line) as ApiRequestRecord;
  }
}
