import { describe, expect, it } from "vitest";
import { createStoringServers } from "../../../../capabilities/probes/s3/storing-servers";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("servers that stored what they had to refuse", () => {
  it("are remembered for a day", () => {
    let now = 1000;
    const servers = createStoringServers(() => now);
    servers.add("minio:9000");
    expect(servers.has("minio:9000")).toBe(true);
    expect(servers.has("minio:9001")).toBe(false);
    now += DAY_MS;
    expect(servers.has("minio:9000")).toBe(false);
  });

  it("are remembered up to a thousand, the latest of them", () => {
    const servers = createStoringServers(() => 0);
    servers.add("first:1");
    servers.add("second:1");
    servers.add("first:1");
    for (let port = 1; port <= 999; port += 1) servers.add(`other:${port}`);
    expect(servers.has("first:1")).toBe(true);
    expect(servers.has("second:1")).toBe(false);
    expect(servers.has("other:999")).toBe(true);
  });
});
