import { describe, expect, it } from "vitest";
import type { EventDraft } from "../../../capabilities/domain/ports";
import { EventQueue } from "../../../capabilities/records/event-queue";

function event(namespace: string, name: string): EventDraft {
  return {
    type: "Warning",
    action: "Probe",
    reason: "ConnectionTestFailed",
    note: "no",
    regarding: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectConnectionTest",
      namespace,
      name,
      uid: name,
    },
  };
}

function namesOf(queue: EventQueue): string[] {
  const names: string[] = [];
  for (let next = queue.next(); next; next = queue.next()) {
    names.push(`${next.regarding.namespace}/${next.regarding.name}`);
  }
  return names;
}

describe("EventQueue", () => {
  it("lets namespaces take turns, each in its own order", () => {
    const queue = new EventQueue(10);
    for (const name of ["a", "b", "c"]) queue.add(event("flood", name));
    for (const name of ["x", "y"]) queue.add(event("shop", name));
    expect(namesOf(queue)).toEqual(["flood/a", "shop/x", "flood/b", "shop/y", "flood/c"]);
    expect(queue.length).toBe(0);
  });

  it("drops the newest Event of the namespace that has the most when it is full", () => {
    const queue = new EventQueue(3);
    for (const name of ["a", "b", "c"]) expect(queue.add(event("flood", name))).toBeUndefined();
    expect(queue.add(event("shop", "x"))?.regarding.name).toBe("c");
    expect(queue.add(event("flood", "d"))?.regarding.name).toBe("d");
    expect(queue.length).toBe(3);
    expect(namesOf(queue)).toEqual(["flood/a", "shop/x", "flood/b"]);
  });

  it("drops the Event itself when its namespace has no fewer than any other", () => {
    const queue = new EventQueue(2);
    queue.add(event("one", "a"));
    queue.add(event("two", "b"));
    expect(queue.add(event("one", "c"))?.regarding.name).toBe("c");
    expect(queue.add(event("three", "d"))?.regarding.name).toBe("a");
    expect(namesOf(queue)).toEqual(["two/b", "three/d"]);
  });

  it("counts a repetition that waits, also when it is full", () => {
    const queue = new EventQueue(1);
    queue.add(event("shop", "x"));
    expect(queue.add(event("shop", "x"))).toBeUndefined();
    expect(queue.next()).toMatchObject({ count: 2 });
  });
});
