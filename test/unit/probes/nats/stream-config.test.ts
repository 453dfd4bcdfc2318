import { describe, expect, it } from "vitest";
import {
  conflictIn,
  holdsSubject,
  isOverwritten,
} from "../../../../capabilities/probes/nats/jetstream/stream-config";
import { isAtLeast } from "../../../../capabilities/probes/nats/version";

/** What nats-server 2.15.2 says of a stream that the exporter made. */
const MADE = {
  name: "S",
  subjects: ["a.b"],
  retention: "limits",
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  max_msg_size: -1,
  discard: "old",
  storage: "file",
  num_replicas: 1,
  duplicate_window: 120_000_000_000,
  compression: "none",
  allow_direct: false,
  mirror_direct: false,
  sealed: false,
  deny_delete: false,
  deny_purge: false,
  allow_rollup_hdrs: false,
  consumer_limits: {},
  allow_msg_ttl: false,
  metadata: { "_nats.level": "5", "_nats.ver": "2.15.2" },
};

describe("a stream that the exporter updates", () => {
  it("is no conflict and is not overwritten when the exporter made it", () => {
    expect(conflictIn(MADE, "2.15.2")).toBeUndefined();
    expect(isOverwritten(MADE, "a.b")).toBe(false);
  });

  it.each([
    [{ max_consumers: 3 }, "2.12.4", "2.12.7"],
    [{ mirror: { name: "X" } }, "2.11.9", "2.12.0"],
    [{ retention: "interest" }, "2.9.25", "2.10.0"],
    [{ republish: { src: ">", dest: "r.>" } }, "2.9.25", "2.10.0"],
  ])("can change %j from some version on", (setting, before, from) => {
    const config = { ...MADE, ...setting };
    expect(conflictIn(config, before)).toBeDefined();
    expect(conflictIn(config, from)).toBeUndefined();
    expect(conflictIn(config, undefined)).toBeUndefined();
  });

  it.each([
    { storage: "memory" },
    { retention: "workqueue" },
    { sealed: true },
    { deny_delete: true },
    { deny_purge: true },
    { allow_msg_ttl: true },
    { allow_msg_counter: true },
    { allow_msg_schedules: true },
    { persist_mode: "async" },
  ])("cannot change %j", (setting) => {
    expect(conflictIn({ ...MADE, ...setting }, "2.15.2")).toBeDefined();
  });

  it.each([
    { subjects: ["a.b", "z"] },
    { subjects: ["a.>"] },
    { subjects: undefined },
    { max_age: 1 },
    { max_msgs: 10 },
    { num_replicas: 3 },
    { description: "team" },
    { no_ack: true },
    { sources: [{ name: "X" }] },
    { placement: { tags: ["eu"] } },
  ])("is overwritten when it has %j", (setting) => {
    expect(isOverwritten({ ...MADE, ...setting }, "a.b")).toBe(true);
  });

  it("leaves no room for another stream where its subjects cover the sink's", () => {
    expect(holdsSubject({ subjects: ["x", "a.*"] }, "a.b")).toBe(true);
    expect(holdsSubject({ subjects: ["a.b"] }, "a.*")).toBe(false);
    expect(holdsSubject({}, "a.b")).toBe(false);
  });
});

describe("versions of servers", () => {
  it.each([
    ["2.12.7", [2, 12, 7], true],
    ["2.12.6", [2, 12, 7], false],
    ["2.12", [2, 12, 7], false],
    ["2.13.0", [2, 12, 7], true],
    ["3.0.0", [2, 12, 7], true],
    ["2.9.25", [2, 10], false],
    [undefined, [2, 12, 7], true],
  ] as const)("says whether %s is at least %j", (version, wanted, expected) => {
    expect(isAtLeast(version, wanted)).toBe(expected);
  });
});
