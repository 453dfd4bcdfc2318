import { describe, expect, it } from "vitest";
import { findServer } from "../../../../capabilities/probes/mongodb/discovery/discovery";
import { readHello } from "../../../../capabilities/probes/mongodb/discovery/hello";
import type { Member } from "../../../../capabilities/probes/mongodb/discovery/member";
import { Topology } from "../../../../capabilities/probes/mongodb/discovery/topology";
import type { MongodbPlan } from "../../../../capabilities/probes/mongodb/plan";

const SEED = { host: "mongo-0.example.com", port: 27017 };
const PLAN = { uri: { topology: {} }, source: { kind: "sink" } } as unknown as Pick<
  MongodbPlan,
  "source" | "uri"
>;

/** Searches a replica set whose secondaries name 50 other hosts in each answer, and counts the connections. */
async function search(options: {
  readonly patienceMs: number;
  readonly maxOpened?: number;
}): Promise<number> {
  let opened = 0;
  const open = (target: Member["target"]): Promise<Member> => {
    opened += 1;
    const hosts = Array.from({ length: 50 }, (_, index) => `host-${opened}-${index}.example.com:27017`);
    const hello = readHello({ maxWireVersion: 21, setName: "rs0", secondary: true, hosts });
    const member = { target, hello, connection: { destroy: () => undefined } };
    return Promise.resolve(member as unknown as Member);
  };
  const topology = new Topology({ hosts: [SEED], topology: { direct: false } }, PLAN);
  const { signal } = new AbortController();
  await expect(findServer(topology, open, { signal, ...options })).rejects.toThrow(/has no primary/);
  return opened;
}

describe("a replica set that names other hosts in each answer", () => {
  it("is asked less often the more hosts it names", async () => {
    // In the first round the host of the connection string and 50 others, and in the second, after 2.55 s, the same.
    expect(await search({ patienceMs: 3000 })).toBe(102);
  });

  it("is asked until the connections of a search are used up", async () => {
    expect(await search({ patienceMs: 60_000, maxOpened: 20 })).toBe(20);
  });
});
