import { describe, expect, it } from "vitest";
import { connectionTest, DNS_1123_SUBDOMAIN } from "../../../capabilities/api/schema/connection-test";
import {
  CAUSES,
  LIMITATION_IDS,
  NEEDS,
  SINK_FAMILIES,
  SINK_KINDS,
  SPEC_DEFAULTS,
} from "../../../capabilities/api/vocabulary";
import { flattened } from "./flatten";

const NAME = `string; minLength 1; maxLength 253; pattern ${DNS_1123_SUBDOMAIN}`;
const TIME = "string; format date-time";

/** The contract of the test kind, apart from its conditions, which the sinks' table holds as well. */
const CONTRACT = [
  "spec: object; required",
  "spec.sinkRef: object; required",
  `spec.sinkRef.snapshotSinkRef: ${NAME}`,
  `spec.sinkRef.databaseSinkRef: ${NAME}`,
  `spec.sinkRef.eventSinkRef: ${NAME}`,
  "spec.profileRef: string",
  "spec.ownerSink: boolean; default true",
  "spec.ttlSecondsAfterFinished: integer; format int32; minimum 0; maximum 2147483647; default 300",
  "spec.timeoutSeconds: integer; format int32; minimum 1; maximum 300; default 15",
  "spec.retryLimit: integer; format int32; minimum 0; maximum 3; default 0",
  "spec.requestedAt: string",
  "status.completed: boolean",
  `status.completedAt: ${TIME}`,
  "status.latencyMs: integer; format int64; minimum 0",
  "status.observedGeneration: integer; format int64; minimum -1",
  "status.conditions: array; listType map by type; of object",
  "status.sink: object",
  "status.sink.kind: string; enum KollectSnapshotSink|KollectDatabaseSink|KollectEventSink",
  "status.sink.name: string",
  "status.sink.uid: string",
  "status.sink.generation: integer; format int64; minimum 0",
  "status.sink.secrets: array; maxItems 8; listType atomic; of object",
  "status.sink.secrets[].name: string; required",
  "status.sink.secrets[].namespace: string; required",
  "status.sink.secrets[].resourceVersion: string; required",
  "status.sink.secrets[]: object",
  "status.sink.type: string",
  "status.requestedBy: string",
  `status.startedAt: ${TIME}`,
  "status.attempts: integer; format int32; minimum 0",
  "status.probeId: string",
  "status.sharedBy: integer; format int32; minimum 0",
  "status.interruptions: integer; format int32; minimum 0",
  "status.probe: object",
  "status.probe.endpoint: string",
  `status.probe.cause: string; enum ${CAUSES.join("|")}`,
  "status.probe.serverVersion: string",
  "status.probe.tls: object",
  "status.probe.tls.version: string",
  "status.probe.tls.issuer: string",
  `status.probe.tls.notAfter: ${TIME}`,
  "status.probe.phases: array; listType atomic; of object",
  "status.probe.phases[]: object",
  "status.probe.phases[].name: string; required; enum Resolve|Connect|TLS|Authenticate|Verify|Authorize",
  "status.probe.phases[].result: string; required; enum Passed|Failed|Skipped",
  "status.probe.phases[].latencyMs: integer; format int64; minimum 0",
  "status.probe.phases[].why: string",
  "status.probe.unproven: array; maxItems 16; listType atomic; of object",
  "status.probe.unproven[]: object",
  `status.probe.unproven[].need: string; required; enum ${NEEDS.join("|")}`,
  "status.probe.unproven[].kind: string; required; enum NotAnswered|OnlyAWriteTells",
  "status.probe.unproven[].why: string; required; maxLength 512",
  "status.probe.unprovenCount: integer; format int32; minimum 0",
  "status.probe.limitations: array; maxItems 16; listType atomic; of object",
  "status.probe.limitations[]: object",
  `status.probe.limitations[].id: string; required; enum ${LIMITATION_IDS.join("|")}`,
  "status.probe.limitations[].effect: string; required; enum fails|overwrites|ignored",
  "status.probe.limitations[].message: string; required; maxLength 1024",
];

describe("schema of KollectConnectionTest", () => {
  it("has exactly the fields, types and constraints of the contract", () => {
    const rest = flattened(connectionTest).filter((line) => !/^status(\.conditions\[\].*)?: /.test(line));
    expect(rest).toEqual([...CONTRACT].sort());
  });

  it("has a status that one writer owns as a whole", () => {
    expect(connectionTest.status["x-kubernetes-map-type"]).toBe("atomic");
  });

  it("says Unknown and Pending of a new test", () => {
    const pending = { status: "Unknown", reason: "Pending", lastTransitionTime: "1970-01-01T00:00:00Z" };
    expect(connectionTest.status.default).toEqual({
      observedGeneration: -1,
      conditions: ["ConnectionVerified", "Ready", "Finished"].map((type) => ({
        type,
        ...pending,
        message: expect.stringMatching(/./) as string,
      })),
    });
  });

  it("has the defaults that the code applies where a CRD pruned them", () => {
    const fields = Object.entries(connectionTest.spec.properties ?? {});
    const defaults = fields.flatMap(([name, field]) =>
      field.default === undefined ? [] : [[name, field.default]],
    );
    expect(Object.fromEntries(defaults)).toEqual(SPEC_DEFAULTS);
  });

  it("offers one name for each sink kind", () => {
    const names = Object.keys(connectionTest.spec.properties?.["sinkRef"]?.properties ?? {});
    expect(names).toEqual(SINK_KINDS.map((kind) => SINK_FAMILIES[kind].refField));
  });
});

describe("pattern of a sink's name", () => {
  const pattern = new RegExp(DNS_1123_SUBDOMAIN);

  it.each(["a", "orders-1", "db.orders", "0", "a.b-c.d"])("accepts %j", (name) => {
    expect(pattern.test(name)).toBe(true);
  });

  it.each(["", "A", "-a", "a-", ".", "a.", ".a", "a..b", "a/b", "../b", "a_b", "a%2fb", "a b", "a\nb", "ä"])(
    "refuses %j",
    (name) => {
      expect(pattern.test(name)).toBe(false);
    },
  );
});

describe("columns of KollectConnectionTest", () => {
  const shown = (wide: boolean): string[] =>
    connectionTest.columns
      .filter(({ priority }) => wide || priority === undefined)
      .map(({ name }) => name.toUpperCase());

  it("shows the verdict at a glance", () => {
    expect(shown(false)).toEqual(["SINK", "TYPE", "VERIFIED", "CAUSE", "LATENCY", "AGE"]);
  });

  it("shows why and where with -o wide", () => {
    expect(shown(true).slice(6)).toEqual([
      "REASON",
      "CHANGED",
      "UNPROVEN",
      "ENDPOINT",
      "COMPLETED",
      "MESSAGE",
    ]);
  });
});
