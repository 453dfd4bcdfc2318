import { describe, expect, it } from "vitest";
import type { EventDraft } from "../../../capabilities/domain/ports";
import { eventKey, eventObject, microTime, truncateBytes } from "../../../capabilities/kube/event-object";
import { EventWriter } from "../../../capabilities/kube/event-writer";
import { json, setUpTransport, type Answer, type memoryLog, type Peer } from "./http/peer";

const REPORTER = { controller: "kollect.dev/connection-test", instance: "operator-1" };
const NOW = Date.parse("2026-01-02T03:04:05.678Z");

function draft(change: Partial<EventDraft> = {}, name = "probe"): EventDraft {
  return {
    type: "Warning",
    action: "Probe",
    reason: "ConnectionTestFailed",
    note: "PostgreSQL refused the password.",
    regarding: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectConnectionTest",
      namespace: "shop",
      name,
      uid: "u1",
    },
    ...change,
  };
}

describe("eventObject", () => {
  it("gives microseconds, both reporter fields and what it is about", () => {
    expect(eventObject(draft(), REPORTER, { now: NOW, count: 1 })).toEqual({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace: "shop", name: expect.stringMatching(/^probe\.[0-9a-f]{16}$/) as string },
      eventTime: "2026-01-02T03:04:05.678000Z",
      type: "Warning",
      action: "Probe",
      reason: "ConnectionTestFailed",
      note: "PostgreSQL refused the password.",
      regarding: draft().regarding,
      reportingController: "kollect.dev/connection-test",
      reportingInstance: "operator-1",
    });
  });

  it("begins as a series when it was observed more than once", () => {
    const series = { count: 7, lastObservedTime: "2026-01-02T03:04:05.678000Z" };
    expect(eventObject(draft(), REPORTER, { now: NOW, count: 7 })).toMatchObject({ series });
  });

  it("keeps the limits of every field", () => {
    const long = { action: "A".repeat(200), reason: "R".repeat(200), note: "ü".repeat(2_000) };
    const object = eventObject(
      draft(long),
      { ...REPORTER, instance: "i".repeat(200) },
      { now: NOW, count: 1 },
    );
    expect(object).toMatchObject({ action: "A".repeat(128), reason: "R".repeat(128) });
    expect(object.reportingInstance).toHaveLength(128);
    expect(Buffer.byteLength(object.note as string)).toBeLessThanOrEqual(1_024);
  });

  it.each(["x".repeat(253), `${"x".repeat(235)}.-y${"z".repeat(15)}`, "a"])(
    "makes a valid name from %s",
    (name) => {
      const { metadata } = eventObject(draft({}, name), REPORTER, { now: NOW, count: 1 });
      expect(metadata.name.length).toBeLessThanOrEqual(253);
      expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    },
  );

  it("gives different names to different facts, moments and reporters, and the same to the same", () => {
    const name = (change: Partial<EventDraft>, instance = "a", now = NOW): string =>
      eventObject(draft(change), { ...REPORTER, instance }, { now, count: 1 }).metadata.name;
    const names = [
      name({}),
      name({ note: "x" }),
      name({ reason: "Y" }),
      name({}, "b"),
      name({}, "a", NOW + 1),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(name({})).toBe(names[0]);
  });
});

describe("truncateBytes", () => {
  it.each([
    ["short", 10, "short"],
    ["0123456789", 10, "0123456789"],
    ["0123456789a", 10, "0123456…"],
    ["üüüüüü", 10, "üüü…"],
    ["🙂🙂🙂", 10, "🙂…"],
  ])("cuts %s to %d bytes", (text, max, expected) => {
    expect(truncateBytes(text, max)).toBe(expected);
    expect(Buffer.byteLength(expected)).toBeLessThanOrEqual(max);
  });
});

describe("EventWriter", () => {
  interface Setup {
    readonly peer: Peer;
    readonly writer: EventWriter;
    readonly log: ReturnType<typeof memoryLog>;
    advance(ms: number): void;
  }

  async function setUp(answer: Answer): Promise<Setup> {
    let time = NOW;
    // Time stands still unless told otherwise; waiting to try again takes none, and no deadline passes.
    const sleep = (ms: number): Promise<void> =>
      ms < 10_000 ? Promise.resolve() : new Promise(() => undefined);
    const clock = { now: () => time, sleep };
    const { peer, transport, log } = await setUpTransport(answer, { clock });
    const writer = new EventWriter({ transport, clock, log, reporter: REPORTER, remembered: 8 });
    return { peer, writer, log, advance: (ms) => void (time += ms) };
  }

  const created = json(201, {});

  it("creates an Event once and counts its repetitions as its series", async () => {
    const { peer, writer, advance } = await setUp(created);
    await writer.write(draft());
    advance(1_000);
    await writer.write(draft());
    await writer.write(draft({ count: 5 }));
    const name = (JSON.parse(peer.received[0]?.body ?? "") as { metadata: { name: string } }).metadata.name;
    expect(peer.received.map(({ method, path }) => [method, path])).toEqual([
      ["POST", "/apis/events.k8s.io/v1/namespaces/shop/events"],
      ["PATCH", `/apis/events.k8s.io/v1/namespaces/shop/events/${name}`],
      ["PATCH", `/apis/events.k8s.io/v1/namespaces/shop/events/${name}`],
    ]);
    const lastObservedTime = microTime(NOW + 1_000);
    expect(peer.received.slice(1).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { series: { count: 2, lastObservedTime } },
      { series: { count: 7, lastObservedTime } },
    ]);
    expect(peer.received[1]?.headers["content-type"]).toBe("application/merge-patch+json");
  });

  it("counts repetitions that come at the same time as one series", async () => {
    const { peer, writer } = await setUp((...answer) => setTimeout(() => created(...answer), 5));
    await Promise.all(Array.from({ length: 5 }, () => writer.write(draft())));
    expect(peer.received.map(({ method }) => method)).toEqual(["POST", "PATCH", "PATCH", "PATCH", "PATCH"]);
  });

  it.each([
    ["another object", {}, "other"],
    ["another reason", { reason: "ConnectionOK" }, "probe"],
    ["another note, which cannot be changed once written", { note: "Something else." }, "probe"],
  ])("begins a new Event for %s", async (_name, change, name) => {
    const { peer, writer } = await setUp(created);
    await writer.write(draft());
    const other = draft(change, name);
    await writer.write(name === "probe" ? other : { ...other, regarding: { ...other.regarding, uid: "u2" } });
    expect(peer.received.map(({ method }) => method)).toEqual(["POST", "POST"]);
  });

  it("begins a new Event ten minutes after the last repetition", async () => {
    const { peer, writer, advance } = await setUp(created);
    await writer.write(draft());
    advance(599_999);
    await writer.write(draft());
    advance(600_000);
    await writer.write(draft());
    expect(peer.received.map(({ method }) => method)).toEqual(["POST", "PATCH", "POST"]);
  });

  it("begins a new Event when the old one has expired", async () => {
    const gone = json(404, { kind: "Status", reason: "NotFound", details: { name: "x" } });
    const { peer, writer } = await setUp((response, received, count) => {
      (received.method === "PATCH" ? gone : created)(response, received, count);
    });
    await writer.write(draft());
    await writer.write(draft());
    expect(peer.received.map(({ method }) => method)).toEqual(["POST", "PATCH", "POST"]);
  });

  it("takes AlreadyExists for success when the answer to an earlier attempt was lost", async () => {
    const { peer, writer } = await setUp((response, received, count) => {
      if (count === 1) response.socket?.resetAndDestroy();
      else json(409, { kind: "Status", reason: "AlreadyExists" })(response, received, count);
    });
    await writer.write(draft());
    expect(peer.received.map(({ body }) => body)).toEqual([peer.received[0]?.body, peer.received[0]?.body]);
  });

  it.each([
    [
      "being deleted",
      403,
      { reason: "Forbidden", details: { causes: [{ reason: "NamespaceTerminating" }] } },
    ],
    ["gone", 404, { reason: "NotFound", details: { name: "shop", kind: "namespaces" } }],
  ])("drops an Event with a debug line when its namespace is %s", async (_name, status, body) => {
    const { peer, writer, log } = await setUp(json(status, { kind: "Status", ...body }));
    await writer.write(draft());
    await writer.write(draft());
    expect(peer.received.map(({ method }) => method)).toEqual(["POST", "POST"]);
    expect(log.lines).toHaveLength(2);
    expect(log.lines[0]).toMatch(/^debug no Event: the namespace is being deleted/);
  });

  it("rejects when the operator lacks the right", async () => {
    const { writer } = await setUp(
      json(403, { kind: "Status", reason: "Forbidden", message: "cannot create" }),
    );
    await expect(writer.write(draft())).rejects.toMatchObject({ name: "ClusterError", status: 403 });
  });

  it("forgets the Events that were not seen for longest, and none that was", async () => {
    const { peer, writer } = await setUp(created);
    const about = (uid: string): EventDraft => draft({ regarding: { ...draft().regarding, uid } });
    await writer.write(about("first"));
    await writer.write(about("kept"));
    for (let index = 0; index < 6; index += 1) await writer.write(about(`u${index}`));
    await writer.write(about("kept"));
    await writer.write(about("one more"));
    peer.received.length = 0;
    await writer.write(about("kept"));
    await writer.write(about("first"));
    expect(peer.received.map(({ method }) => method)).toEqual(["PATCH", "POST"]);
  });
});

describe("eventKey", () => {
  it("is the same for the same facts, whatever the resourceVersion and count", () => {
    const seen = draft({ count: 3, regarding: { ...draft().regarding, resourceVersion: "7" } });
    expect(eventKey(seen)).toBe(eventKey(draft()));
  });
});
