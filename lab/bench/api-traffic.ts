import { readApiAudit, type ApiRequestRecord } from "../api-audit";

/** What the operator asked of the API server for some tests, by the API server's own audit log. */
export interface ApiTraffic {
  /** Requests of any kind for each test, Events included. */
  readonly requestsPerTest: number;
  readonly statusWritesPerTest: number;
  /** Tests on which the operator's first write was something other than its status. */
  readonly otherWriteFirst: number;
}

const WRITES = ["create", "update", "patch", "delete"];

/** Reads the traffic of the tests of one burst, whose names are used only there. */
export async function readTraffic(auditLog: string, names: readonly string[]): Promise<ApiTraffic> {
  const wanted = new Set(names);
  const written = new Set<string>();
  const counts = { requests: 0, statusWrites: 0, otherWriteFirst: 0 };
  for await (const record of readApiAudit(auditLog)) {
    const subject = subjectOf(record);
    if (!isOperator(record) || !wanted.has(subject)) continue;
    const status = isStatusWrite(record);
    counts.requests += 1;
    counts.statusWrites += Number(status);
    if (!WRITES.includes(record.verb) || written.has(subject)) continue;
    written.add(subject);
    counts.otherWriteFirst += Number(!status);
  }
  return {
    requestsPerTest: counts.requests / names.length,
    statusWritesPerTest: counts.statusWrites / names.length,
    otherWriteFirst: counts.otherWriteFirst,
  };
}

/** Whether the operator sent the request, with the rights of its ServiceAccount. */
export function isOperator({ user }: ApiRequestRecord): boolean {
  return user.username.startsWith("system:serviceaccount:pepr-system:");
}

function isStatusWrite({ objectRef, verb }: ApiRequestRecord): boolean {
  return WRITES.includes(verb) && objectRef?.subresource === "status";
}

/** The test that a request is about. The name of an Event begins with that of its object. */
function subjectOf({ objectRef }: ApiRequestRecord): string {
  const name = objectRef?.name ?? "";
  return objectRef?.resource === "events" ? name.slice(0, Math.max(0, name.lastIndexOf("."))) : name;
}
