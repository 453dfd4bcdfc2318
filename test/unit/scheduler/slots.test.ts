import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Slots, type Release } from "../../../capabilities/scheduler/slots";

const never = new AbortController().signal;
const limits = { global: 4, perEndpoint: 3, perNamespace: 3 };

/** Asks for slots and notes the order in which they are granted. */
function asker(slots: Slots) {
  const granted: string[] = [];
  const releases = new Map<string, Release>();
  return {
    granted,
    async ask(name: string, namespace: string, endpoint: string, signal = never): Promise<void> {
      const release = slots.acquire({ namespace, endpoint }, signal);
      void release.then(
        (give) => (granted.push(name), releases.set(name, give)),
        () => undefined,
      );
      await tick();
    },
    async release(name: string): Promise<void> {
      releases.get(name)?.();
      await tick();
    },
  };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Slots", () => {
  it("lets other endpoints pass one that is full", async () => {
    const { ask, granted } = asker(new Slots(limits));
    await ask("a1", "a", "silent");
    await ask("a2", "a", "silent");
    await ask("a3", "a", "silent");
    await ask("b1", "b", "healthy");
    expect(granted).toEqual(["a1", "a2", "b1"]);
  });

  it("lets other namespaces pass one that is full", async () => {
    const { ask, granted } = asker(new Slots(limits));
    for (const at of [1, 2, 3, 4]) await ask(`a${at}`, "a", `e${at}`);
    await ask("b1", "b", "e1");
    expect(granted).toEqual(["a1", "a2", "a3", "b1"]);
  });

  it("keeps the last place at an endpoint for another namespace, where there are several", async () => {
    const { ask, granted } = asker(new Slots({ global: 9, perEndpoint: 3, perNamespace: 9 }));
    for (const at of [1, 2, 3]) await ask(`a${at}`, "a", "db");
    await ask("b1", "b", "db");
    await ask("c1", "c", "db");
    expect(granted).toEqual(["a1", "a2", "b1"]);
    const single = asker(new Slots({ global: 9, perEndpoint: 1, perNamespace: 9 }));
    for (const at of [1, 2]) await single.ask(`a${at}`, "a", "db");
    expect(single.granted).toEqual(["a1"]);
  });

  it("gives freed slots to namespaces in turn, however many each asked for", async () => {
    const { ask, release, granted } = asker(new Slots({ global: 1, perEndpoint: 9, perNamespace: 9 }));
    await ask("first", "z", "z");
    for (const at of [1, 2, 3]) await ask(`a${at}`, "a", `a${at}`);
    for (const at of [1, 2]) await ask(`b${at}`, "b", `b${at}`);
    for (const name of ["first", "a1", "b1", "a2", "b2"]) await release(name);
    expect(granted).toEqual(["first", "a1", "b1", "a2", "b2", "a3"]);
  });

  it("takes a waiter that aborts out of the queue and rejects with its reason", async () => {
    const slots = new Slots({ global: 1, perEndpoint: 1, perNamespace: 1 });
    const { ask, release, granted } = asker(slots);
    const abort = new AbortController();
    await ask("first", "a", "e");
    const waiting = slots.acquire({ namespace: "a", endpoint: "e" }, abort.signal);
    await ask("third", "a", "e");
    abort.abort(new Error("left"));
    await expect(waiting).rejects.toThrow("left");
    await release("first");
    expect(granted).toEqual(["first", "third"]);
  });

  it("gives a slot back once, however often release is called", async () => {
    const slots = new Slots({ global: 1, perEndpoint: 1, perNamespace: 1 });
    const release = await slots.acquire({ namespace: "a", endpoint: "e" }, never);
    release();
    release();
    await slots.acquire({ namespace: "a", endpoint: "e" }, never);
    expect(slots.running).toBe(1);
  });

  describe("with places for holders that take long", () => {
    const slow = { afterMs: 500, global: 3, perNamespace: 2 };
    const slots = (): Slots => new Slots({ global: 2, perEndpoint: 3, perNamespace: 2, slow });

    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
    afterEach(() => void vi.useRealTimers());

    async function pass(ms: number): Promise<void> {
      await vi.advanceTimersByTimeAsync(ms);
      await tick();
    }

    it("lets others of the namespace pass silent ones", async () => {
      const { ask, granted } = asker(slots());
      for (const at of [1, 2, 3]) await ask(`a${at}`, "a", `e${at}`);
      await pass(499);
      expect(granted).toEqual(["a1", "a2"]);
      await pass(1);
      expect(granted).toEqual(["a1", "a2", "a3"]);
    });

    it("does not ask a slow endpoint more at a time", async () => {
      const { ask, granted } = asker(slots());
      for (const at of [1, 2, 3]) await ask(`a${at}`, "a", "silent");
      await pass(500);
      await ask("b1", "b", "healthy");
      expect(granted).toEqual(["a1", "a2", "b1"]);
    });

    it("is not asked more by a namespace because it is slow, and keeps no other namespace waiting", async () => {
      const shared = new Slots({ global: 9, perEndpoint: 3, perNamespace: 9, slow });
      const { ask, granted, release } = asker(shared);
      for (const at of [1, 2, 3]) await ask(`a${at}`, "a", "db");
      await ask("b1", "b", "db");
      await ask("c1", "c", "db");
      expect(granted).toEqual(["a1", "a2", "b1"]);
      await pass(500);
      expect(granted).toEqual(["a1", "a2", "b1", "c1"]);
      for (const name of ["a1", "a2", "b1", "c1", "a3"]) await release(name);
      expect(shared.running).toBe(0);
      for (const at of [4, 5]) await ask(`a${at}`, "a", "db");
      await ask("b2", "b", "db");
      expect(granted.slice(5)).toEqual(["a4", "a5", "b2"]);
    });

    it("has no more such places than it says, in a namespace and in all", async () => {
      const limited = slots();
      const { ask, granted, release } = asker(limited);
      for (const at of [1, 2, 3, 4, 5]) await ask(`a${at}`, "a", `a${at}`);
      await pass(500);
      await pass(500);
      expect(granted).toEqual(["a1", "a2", "a3", "a4"]);
      expect(limited.running).toBe(4);
      await release("a1");
      await release("a3");
      expect(granted).toEqual(["a1", "a2", "a3", "a4", "a5"]);
      for (const name of ["a2", "a4", "a5"]) await release(name);
      expect(limited.running).toBe(0);
    });

    it("moves no holder that has given its slot back", async () => {
      const limited = slots();
      const { ask, release } = asker(limited);
      await ask("a1", "a", "e");
      await release("a1");
      await pass(500);
      expect(limited.running).toBe(0);
    });
  });
});
