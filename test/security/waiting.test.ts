import { describe, expect, it } from "vitest";
import { Slots, type Release } from "../../capabilities/scheduler/slots";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks for `count` slots of a namespace, of one endpoint or of one for each, and notes who gets one. */
function crowd(slots: Slots, count: number, endpoint: (index: number) => string): Release[] {
  const granted: Release[] = [];
  for (let index = 0; index < count; index += 1) {
    const request = { namespace: "greedy", endpoint: endpoint(index) };
    // A signal each, as runs have: one with thousands of listeners would be slow by itself.
    void slots.acquire(request, new AbortController().signal).then((release) => granted.push(release));
  }
  return granted;
}

describe.each([
  ["one endpoint", (): string => "db"],
  ["endpoints of their own", (index: number): string => `db-${index}`],
])("10,000 requests of one namespace for %s", (_what, endpoint) => {
  it("leave room for another namespace at once", async () => {
    const slots = new Slots({ global: 128, perEndpoint: 4, perNamespace: 32 });
    crowd(slots, 10_000, endpoint);
    const startedAt = performance.now();
    for (let index = 0; index < 32; index += 1) {
      await slots.acquire({ namespace: "modest", endpoint: `other-${index}` }, never);
    }
    // Far more than it takes, and far less than a search through all that wait would.
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it("take turns with another namespace when every slot is taken", async () => {
    const slots = new Slots({ global: 8, perEndpoint: 9, perNamespace: 8 });
    const granted = crowd(slots, 10_000, endpoint);
    await turn();
    expect(granted).toHaveLength(8);
    let modest = false;
    void slots.acquire({ namespace: "modest", endpoint: "other" }, never).then(() => (modest = true));
    // The greedy one waited first, so it may be served once before.
    for (const release of granted.splice(0, 2)) release();
    await turn();
    expect(modest).toBe(true);
  });

  it("are all served, each in a moment", async () => {
    const slots = new Slots({ global: 128, perEndpoint: 4, perNamespace: 32 });
    const granted = crowd(slots, 10_000, endpoint);
    const startedAt = performance.now();
    let served = 0;
    for (await turn(); granted.length > 0; await turn()) {
      for (const release of granted.splice(0)) {
        release();
        served += 1;
      }
    }
    expect(served).toBe(10_000);
    expect(slots.running).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
