import { expect, it } from "vitest";
import { SinkIndex } from "../../../capabilities/scheduler/sink-index";

const ORDERS = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;
const OTHERS = [
  { ...ORDERS, name: "other" },
  { ...ORDERS, namespace: "other" },
  { ...ORDERS, kind: "KollectEventSink" } as const,
];

it("knows a sink by kind, namespace and name, in its last revision", () => {
  const index = new SinkIndex();
  index.set(ORDERS, { uid: "s-1", generation: 1 });
  index.set(ORDERS, { uid: "s-1", generation: 2 });
  expect(index.get(ORDERS)).toEqual({ uid: "s-1", generation: 2 });
  expect(OTHERS.map((target) => index.get(target))).toEqual([undefined, undefined, undefined]);
});

it("drops a deleted sink, and keeps one that was recreated before the deletion was seen", () => {
  const index = new SinkIndex();
  index.set(ORDERS, { uid: "s-2", generation: 1 });
  index.delete(ORDERS, "s-1");
  expect(index.get(ORDERS)?.uid).toBe("s-2");
  index.delete(ORDERS, "s-2");
  expect(index.get(ORDERS)).toBeUndefined();
  index.delete(ORDERS, "s-2");
  expect(index.get(ORDERS)).toBeUndefined();
});

it("wakes those who wait for this sink, at every change until they have left", () => {
  const index = new SinkIndex();
  const woken: string[] = [];
  const leave = ["first", "second"].map((name) => index.onChange(ORDERS, () => void woken.push(name)));
  for (const target of OTHERS) index.set(target, { uid: "o", generation: 1 });
  expect(woken).toEqual([]);
  index.set(ORDERS, { uid: "s-1", generation: 1 });
  leave[0]?.();
  index.set(ORDERS, { uid: "s-1", generation: 2 });
  leave[1]?.();
  index.set(ORDERS, { uid: "s-1", generation: 3 });
  expect(woken).toEqual(["first", "second", "second"]);
});

it("keeps those who came after all others had left", () => {
  const index = new SinkIndex();
  const leave = index.onChange(ORDERS, () => undefined);
  leave();
  let woken = 0;
  index.onChange(ORDERS, () => (woken += 1));
  leave();
  index.set(ORDERS, { uid: "s-1", generation: 1 });
  index.onChange(ORDERS, () => (woken += 10));
  index.set(ORDERS, { uid: "s-1", generation: 2 });
  expect(woken).toBe(12);
});
