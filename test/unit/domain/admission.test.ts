import { describe, expect, it } from "vitest";
import {
  admittedMetadata,
  asksForRun,
  ownerChange,
  warnings,
  type AdmittedMetadata,
} from "../../../capabilities/domain/admission";
import { sinkTarget } from "../../../capabilities/domain/spec";
import { makeTest, type TestOverrides } from "../../fixtures/make-test";

const BY = "kollect.dev/requested-by";
const AT = "kollect.dev/requested-at";
const by = (name: string): TestOverrides => ({ metadata: { annotations: { [BY]: name } } });

function admittedByJane(object: TestOverrides, old: TestOverrides | undefined): AdmittedMetadata {
  return admittedMetadata({ object: makeTest(object), old: old && makeTest(old), username: "jane" });
}

describe("requested-by", () => {
  const cases: [string, TestOverrides, TestOverrides | undefined, string | undefined][] = [
    ["is the creator, whatever was sent", by("forged"), undefined, "jane"],
    ["stays when only metadata changes", by("jane"), by("bob"), "bob"],
    ["is restored when a client removes it", {}, by("bob"), "bob"],
    ["is not invented for a test older than the webhook", by("forged"), {}, undefined],
    ["is the user who changes the spec", { ...by("bob"), spec: { retryLimit: 1 } }, by("bob"), "jane"],
    [
      "is the user who asks for one more run by annotation",
      { metadata: { annotations: { [BY]: "bob", [AT]: "2" } } },
      by("bob"),
      "jane",
    ],
  ];
  it.each(cases)("%s", (_name, object, old, expected) => {
    const admitted = admittedByJane(object, old);
    expect(admitted.requestedBy).toBe(expected);
  });
});

describe("requested-at", () => {
  const annotated = (value: string, requestedAt?: string): TestOverrides => ({
    metadata: { annotations: { [AT]: value } },
    ...(requestedAt ? { spec: { requestedAt } } : {}),
  });
  const cases: [string, TestOverrides, TestOverrides | undefined, string | undefined][] = [
    ["is copied into the spec at creation", annotated("1"), undefined, "1"],
    ["is copied when it changes", annotated("2", "1"), annotated("1", "1"), "2"],
    ["is copied again when a replace lost the copy", annotated("1"), annotated("1", "1"), "1"],
    ["leaves one alone that is older than the webhooks", annotated("1"), annotated("1"), undefined],
    ["leaves a field that was set directly alone", annotated("1", "9"), annotated("1", "1"), undefined],
    ["changes nothing without the annotation", {}, annotated("1", "1"), undefined],
  ];
  it.each(cases)("%s", (_name, object, old, expected) => {
    const admitted = admittedByJane(object, old);
    expect(admitted.requestedAt).toBe(expected);
  });

  it("asks for no run when the same annotation is applied again", () => {
    const old = makeTest({
      metadata: { annotations: { [AT]: "1", [BY]: "bob" } },
      spec: { requestedAt: "1" },
    });
    const { requestedAt, requestedBy } = admittedMetadata({
      object: makeTest({ metadata: { annotations: { [AT]: "1" } } }),
      old,
      username: "jane",
    });
    expect({ requestedAt, requestedBy }).toEqual({ requestedAt: "1", requestedBy: "bob" });
  });
});

describe("ownerChange", () => {
  const wanted = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" };
  const former = [{ kind: "KollectDatabaseSink", name: "orders" }];
  const other = { sinkRef: { eventSinkRef: "bus" } };
  const cases: [string, TestOverrides, TestOverrides | undefined, unknown][] = [
    ["wants the sink at creation", {}, undefined, { wanted, former: [] }],
    [
      "wants no owner with ownerSink false",
      { spec: { ownerSink: false } },
      undefined,
      { wanted: undefined, former: [] },
    ],
    [
      "does not touch references when neither sink nor ownerSink changes",
      { spec: { retryLimit: 2 } },
      {},
      undefined,
    ],
    [
      "gives up the old sink for the new one",
      { spec: other },
      {},
      { wanted: { ...wanted, kind: "KollectEventSink", name: "bus" }, former },
    ],
    [
      "gives up the sink when ownerSink turns false",
      { spec: { ownerSink: false } },
      {},
      { wanted: undefined, former },
    ],
    [
      "wants no owner while the reference is invalid",
      { spec: { sinkRef: {} } },
      undefined,
      { wanted: undefined, former: [] },
    ],
  ];
  it.each(cases)("%s", (_name, object, old, expected) => {
    const [written, before] = [makeTest(object), old && makeTest(old)];
    expect(ownerChange({ object: written, old: before, target: sinkTarget(written) })).toEqual(expected);
  });
});

describe("warnings", () => {
  it("says that profileRef is reserved", () => {
    expect(warnings(makeTest({ spec: { profileRef: "p" } }), 300)).toEqual([
      expect.stringContaining("spec.profileRef"),
    ]);
  });
  it("says which timeout is used when the operator allows less", () => {
    expect(warnings(makeTest({ spec: { timeoutSeconds: 90 } }), 60)).toEqual([
      expect.stringContaining("allows at most 60"),
    ]);
  });
  it("has nothing to say about an ordinary test", () => {
    expect(warnings(makeTest(), 60)).toEqual([]);
    expect(warnings(makeTest({ spec: { timeoutSeconds: 60 } }), 60)).toEqual([]);
    expect(warnings(makeTest({ spec: { timeoutSeconds: 59 } }), 60)).toEqual([]);
  });
});

it("asksForRun is true at creation and for a changed spec only", () => {
  expect(asksForRun({ object: makeTest() })).toBe(true);
  expect(asksForRun({ object: makeTest({ spec: { timeoutSeconds: 1 } }), old: makeTest() })).toBe(true);
  expect(asksForRun({ object: makeTest({ metadata: { labels: { a: "b" } } }), old: makeTest() })).toBe(false);
});
