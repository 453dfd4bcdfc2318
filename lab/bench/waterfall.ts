import { readApiAudit, type ApiRequestRecord } from "../api-audit";
import { isOperator } from "./api-traffic";
import type { Measure } from "./report";
import { median } from "./statistics";

/** What a client saw of one test, in milliseconds since the epoch. */
export interface SeenByClient {
  readonly name: string;
  readonly createdAt: number;
  readonly doneAt: number;
  /** The probe's own time by the status, milliseconds. */
  readonly probeMs: number;
}

/** When the API server received a request and when it had answered, in milliseconds since the epoch. */
interface Served {
  readonly received: number;
  readonly answered: number;
}

/** The requests of one test. Reads are absent when the operator did without. */
interface Requests {
  create?: Served;
  sink?: Served;
  secret?: Served;
  verdict?: Served;
}

const STEPS = [
  "the create request reaches the API server",
  "admission and create",
  "the watch tells the operator, which begins to read",
  "the two reads, at the same time",
  "the probe's own time",
  "the operator before and after the probe",
  "the status write",
  "the watch tells the client",
] as const;

/**
 * Says where the time of tests went that ran one after the other: the median of each step in milliseconds, in order, by
 * the API server's audit log and what the client saw. The steps of one test add up to all of its time.
 */
export async function waterfall(auditLog: string, tests: readonly SeenByClient[]): Promise<Measure[]> {
  const requests = await requestsOf(auditLog, tests);
  const all = tests.flatMap((test) => stepsOf(test, requests.get(test.name) ?? {}) ?? []);
  return STEPS.map((what, index) => ({
    what: `${index + 1}. ${what}`,
    value: median(all.map((steps) => steps[index] ?? Number.NaN)),
    unit: "ms",
  }));
}

/** The length of each step; none for a test of which a request is not in the log. */
function stepsOf(test: SeenByClient, requests: Requests): readonly number[][] | undefined {
  const { create, sink, secret, verdict } = requests;
  if (!create || !sink || !secret || !verdict) return undefined;
  const readsBegan = Math.min(sink.received, secret.received);
  const readsEnded = Math.max(sink.answered, secret.answered);
  const around = verdict.received - readsEnded;
  return [
    [
      create.received - test.createdAt,
      create.answered - create.received,
      readsBegan - create.answered,
      readsEnded - readsBegan,
      test.probeMs,
      around - test.probeMs,
      verdict.answered - verdict.received,
      test.doneAt - verdict.answered,
    ],
  ];
}

/** Tests run one after the other, so a read belongs to the test that was created last. */
async function requestsOf(
  auditLog: string,
  tests: readonly SeenByClient[],
): Promise<ReadonlyMap<string, Requests>> {
  const wanted = new Set(tests.map(({ name }) => name));
  const found = new Map<string, Requests>();
  const records: ApiRequestRecord[] = [];
  for await (const record of readApiAudit(auditLog)) if (isPart(record, wanted)) records.push(record);
  // The log has requests in the order of their answers.
  records.sort(
    (one, other) => milliseconds(one.requestReceivedTimestamp) - milliseconds(other.requestReceivedTimestamp),
  );
  let current: Requests = {};
  for (const record of records) {
    const { name = "" } = record.objectRef ?? {};
    if (record.verb === "create") found.set(name, (current = {}));
    const received = milliseconds(record.requestReceivedTimestamp);
    // The admission process reads the sink too, while the test is being created.
    if (current.create && received < current.create.answered) continue;
    current[roleOf(record)] ??= { received, answered: milliseconds(record.stageTimestamp) };
  }
  return found;
}

function roleOf({ verb, objectRef }: ApiRequestRecord): keyof Requests {
  if (verb === "create") return "create";
  if (verb === "patch") return "verdict";
  return objectRef?.resource === "secrets" ? "secret" : "sink";
}

function isPart(record: ApiRequestRecord, wanted: ReadonlySet<string>): boolean {
  const { verb, objectRef } = record;
  const { resource, subresource, name = "" } = objectRef ?? {};
  if (resource === "kollectconnectiontests")
    return wanted.has(name) && (verb === "create" || (verb === "patch" && subresource === "status"));
  return (
    verb === "get" && isOperator(record) && (resource === "secrets" || resource === "kollectdatabasesinks")
  );
}

/** `Date.parse` drops what is finer than a millisecond. */
function milliseconds(timestamp: string): number {
  const micros = Number(/\.(\d{6})/.exec(timestamp)?.[1] ?? 0);
  return Math.floor(Date.parse(timestamp) / 1000) * 1000 + micros / 1000;
}
