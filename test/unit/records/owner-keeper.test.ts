import { describe, expect, it } from "vitest";
import type { KollectConnectionTest, OwnerReference, Sink } from "../../../capabilities/api/types";
import type { Outcome, Verdict } from "../../../capabilities/domain/outcome";
import type { WriteResult } from "../../../capabilities/domain/ports";
import { ownerReference } from "../../../capabilities/domain/owners";
import { keepOwner } from "../../../capabilities/records/owner-keeper";
import { makeTest } from "../../fixtures/make-test";

const TARGET = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;

function sink(uid: string): Sink {
  const metadata = { namespace: "shop", name: "orders", uid, generation: 1, resourceVersion: "1" };
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectDatabaseSink",
    metadata,
    spec: { type: "postgres" },
  };
}

const OWNER = ownerReference(sink("s-1"));
const FOREIGN: OwnerReference = { apiVersion: "apps/v1", kind: "Deployment", name: "orders", uid: "d-1" };

function testWith(
  owners: readonly OwnerReference[] | undefined,
  change: Partial<KollectConnectionTest["metadata"]> = {},
): KollectConnectionTest {
  const test = makeTest();
  const ownerReferences = owners && { ownerReferences: [...owners] };
  return { ...test, metadata: { ...test.metadata, ...ownerReferences, ...change } };
}

interface Case {
  /** The test as it was probed. */
  readonly test?: KollectConnectionTest;
  readonly ownerSink?: boolean;
  /** UID of the sink that was probed. */
  readonly probed?: string | undefined;
  readonly target?: Verdict["target"];
  /** The test as it is now; null when it is gone. */
  readonly current?: KollectConnectionTest | null;
  /** UID of the sink as it is now; null when it is gone. */
  readonly sinkNow?: string | null;
  /** What the first writes come to; then they succeed. */
  readonly writes?: readonly WriteResult[];
}

interface Kept {
  /** The owners of each write. */
  readonly written: OwnerReference[][];
  /** What the writes were conditional on. */
  readonly on: object[];
  readonly reads: string[];
}

async function kept(given: Case): Promise<Kept> {
  const { test = testWith(undefined), current = test, writes = [] } = given;
  const found: Kept = { written: [], on: [], reads: [] };
  const probed = "probed" in given ? given.probed : "s-1";
  const { sinkNow = "s-1" } = given;
  const outcome: Outcome = {
    probeId: "p",
    ...{ startedAt: 0, completedAt: 1, attempts: 1, waitedMs: 0, sharedBy: 1, secrets: [] },
    ...(probed === undefined ? {} : { sink: { kind: TARGET.kind, name: TARGET.name, uid: probed } }),
  };
  const verdict: Verdict = {
    ...{ test, outcome, requestedBy: "alice", waitedMs: 0 },
    target: "target" in given ? given.target : TARGET,
    ownerSink: given.ownerSink ?? true,
  };
  await keepOwner(verdict, {
    getTest: (namespace, name) => {
      found.reads.push(`test ${namespace}/${name}`);
      return Promise.resolve(current ?? undefined);
    },
    getSink: (kind, namespace, name) => {
      found.reads.push(`${kind} ${namespace}/${name}`);
      return Promise.resolve(sinkNow === null ? undefined : sink(sinkNow));
    },
    writeOwners: (ref, owners) => {
      found.on.push(ref);
      found.written.push([...owners]);
      return Promise.resolve(writes[found.written.length - 1] ?? "written");
    },
  });
  return found;
}

describe("a reference that admission could not set", () => {
  it("is written after the sink was read again, on the test that was read", async () => {
    const current = testWith(undefined, { resourceVersion: "42" });
    const { written, on, reads } = await kept({ current });
    expect(written).toEqual([[OWNER]]);
    expect(on).toEqual([{ namespace: "shop", name: "probe", uid: "uid-1", resourceVersion: "42" }]);
    expect(reads).toEqual(["test shop/probe", "KollectDatabaseSink shop/orders"]);
  });

  it("keeps the owners that others have set meanwhile", async () => {
    expect((await kept({ current: testWith([FOREIGN]) })).written).toEqual([[FOREIGN, OWNER]]);
  });

  it("points at the sink as it is now, when it was recreated since the probe", async () => {
    const { written } = await kept({ sinkNow: "s-2" });
    expect(written).toEqual([[ownerReference(sink("s-2"))]]);
  });

  it("is not written for a sink that is gone, and an old one goes", async () => {
    expect((await kept({ sinkNow: null })).written).toEqual([]);
    const test = testWith([ownerReference(sink("s-0"))]);
    expect((await kept({ test, sinkNow: null })).written).toEqual([[]]);
  });
});

describe("a reference that is no longer wanted", () => {
  it("is removed, without a read of the sink", async () => {
    const { written, reads } = await kept({ test: testWith([FOREIGN, OWNER]), ownerSink: false });
    expect(written).toEqual([[FOREIGN]]);
    expect(reads).toEqual(["test shop/probe"]);
  });

  it("is the one to the sink of the last verdict, when the test names another now", async () => {
    const last = { kind: "KollectEventSink", name: "stream", uid: "e-1" } as const;
    const former: OwnerReference = { ...OWNER, ...last };
    const test = { ...testWith([former, OWNER]), status: { sink: last } };
    expect((await kept({ test })).written).toEqual([[OWNER]]);
    const other = { ...test, status: { sink: { ...last, uid: "e-2" } } };
    expect((await kept({ test: other })).written).toEqual([]);
  });
});

describe("nothing is read", () => {
  const cases: [string, Case][] = [
    ["when the test names no sink", { target: undefined }],
    ["when the reference is there", { test: testWith([OWNER]) }],
    ["when no sink was found to be the owner", { probed: undefined }],
    ["when no reference is wanted and none is there", { ownerSink: false, test: testWith([FOREIGN]) }],
  ];
  it.each(cases)("%s", async (_when, given) => {
    expect(await kept(given)).toEqual({ written: [], on: [], reads: [] });
  });
});

describe("nothing is written to a test", () => {
  const cases: [string, Case["current"]][] = [
    ["that is gone", null],
    ["that was recreated", testWith(undefined, { uid: "uid-2" })],
    ["whose spec has changed", testWith(undefined, { generation: 2 })],
    ["that is being deleted", testWith(undefined, { deletionTimestamp: "2026-01-02T03:04:05Z" })],
  ];
  it.each(cases)("%s", async (_which, current) => {
    const { written, reads } = await kept({ current });
    expect({ written, reads }).toEqual({ written: [], reads: ["test shop/probe"] });
  });
});

describe("a test that was changed between read and write", () => {
  it("is read again", async () => {
    expect((await kept({ writes: ["superseded"] })).written).toEqual([[OWNER], [OWNER]]);
  });

  it("is left alone after three times, and at once when it is gone", async () => {
    const often: WriteResult[] = ["superseded", "superseded", "superseded", "superseded"];
    expect((await kept({ writes: often })).written).toHaveLength(3);
    expect((await kept({ writes: ["gone"] })).written).toHaveLength(1);
  });
});
