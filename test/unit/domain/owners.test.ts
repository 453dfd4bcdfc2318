import { describe, expect, it } from "vitest";
import type { OwnerReference } from "../../../capabilities/api/types";
import { reconcileOwners, type OwnedBy } from "../../../capabilities/domain/owners";

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
    ["removes the former sink's by its uid only", [ours], [{ ...orders, uid: "s-7" }], undefined, undefined],
  ];
  it.each(cases)("%s", (_name, current, former, owner, expected) => {
    expect(reconcileOwners(current, { former, owner })).toEqual(expected);
  });
});
