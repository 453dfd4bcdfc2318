import { describe, expect, it } from "vitest";
import type { OwnerReference } from "../../../capabilities/api/types";
import { ownerReference, reconcileOwners, type OwnedBy } from "../../../capabilities/domain/owners";

const ours: OwnerReference = {
  apiVersion: "kollect.dev/v1alpha1",
  kind: "KollectDatabaseSink",
  name: "orders",
  uid: "s-1",
  controller: false,
};
const recreated = { ...ours, uid: "s-2" };
const foreign: OwnerReference = { apiVersion: "apps/v1", kind: "Deployment", name: "orders", uid: "d-1" };
const controller = { ...ours, uid: "s-9", controller: true };
const blocking = { ...ours, blockOwnerDeletion: true };
const last: OwnerReference = { apiVersion: "v1", kind: "ConfigMap", name: "c", uid: "c-1" };
const other: OwnedBy = { kind: "KollectEventSink", name: "other" };
const orders: OwnedBy = { kind: "KollectDatabaseSink", name: "orders" };

describe("reconcileOwners", () => {
  const cases: [
    string,
    OwnerReference[] | undefined,
    OwnedBy[],
    OwnerReference | undefined,
    OwnerReference[] | undefined,
  ][] = [
    ["adds ours where there was none", undefined, [orders], ours, [ours]],
    ["keeps others beside ours", [foreign], [orders], ours, [foreign, ours]],
    ["changes nothing when ours is there", [foreign, ours], [orders], ours, undefined],
    ["replaces the reference to a sink that was recreated", [ours], [orders], recreated, [recreated]],
    ["removes ours when it is not wanted", [foreign, ours], [orders], undefined, [foreign]],
    ["leaves other owners alone", [foreign, controller], [orders], undefined, undefined],
    ["adds ours beside another's of the same sink", [controller], [orders], ours, [controller, ours]],
    ["leaves one that blocks the sink's deletion alone", [blocking], [orders], undefined, undefined],
    [
      "leaves a reference to another name alone",
      [{ ...ours, name: "other" }],
      [orders],
      undefined,
      undefined,
    ],
    [
      "leaves another kind of the group alone",
      [{ ...ours, kind: "KollectEventSink" }],
      [orders],
      undefined,
      undefined,
    ],
    [
      "leaves the kind of another group alone",
      [{ ...ours, apiVersion: "x.dev/v1" }],
      [orders],
      undefined,
      undefined,
    ],
    ["knows ours in another version", [{ ...ours, apiVersion: "kollect.dev/v2" }], [orders], undefined, []],
    [
      "removes what one of several former sinks names",
      [foreign, ours],
      [other, orders],
      undefined,
      [foreign],
    ],
    [
      "keeps the order when one in the middle goes",
      [foreign, ours, last],
      [orders],
      undefined,
      [foreign, last],
    ],
    ["removes the former sink's by its uid", [ours], [{ ...orders, uid: "s-1" }], undefined, []],
    ["keeps the wanted one although its sink was a former one", [ours, last], [orders], ours, undefined],
    ["removes the former sink's by its uid only", [ours], [{ ...orders, uid: "s-7" }], undefined, undefined],
  ];
  it.each(cases)("%s", (_name, current, former, owner, expected) => {
    expect(reconcileOwners(current, { former, owner })).toEqual(expected);
  });
});

it("the operator's reference neither controls nor blocks", () => {
  const metadata = { namespace: "shop", name: "orders", uid: "s-1", generation: 1, resourceVersion: "1" };
  const spec = { type: "postgres" } as const;
  expect(
    ownerReference({ apiVersion: "kollect.dev/v1alpha1", kind: "KollectDatabaseSink", metadata, spec }),
  ).toEqual(ours);
});
