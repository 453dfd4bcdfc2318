import { describe, expect, it } from "vitest";
import { ApiServers } from "../../../capabilities/kube/api-servers";
import { createAddressPolicy } from "../../../capabilities/probes/net/address-policy";
import { json, setUpTransport, type Answer, type Peer } from "./http/peer";

const REFUSED = json(403, { kind: "Status", reason: "Forbidden", message: "no" });

function versions(...addresses: readonly unknown[]): Answer {
  const servers = addresses.map((serverAddress) => ({ clientCIDR: "0.0.0.0/0", serverAddress }));
  return json(200, { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: servers });
}

async function setUp(answer: Answer): Promise<{ peer: Peer; apiServers: ApiServers; lines: string[] }> {
  const { peer, transport, clock, log } = await setUpTransport(answer);
  const lines: string[] = [];
  const warn = (_data: unknown, text: string): void => void lines.push(text);
  return { peer, apiServers: new ApiServers({ transport, clock, log: { ...log, warn } }), lines };
}

describe("the API servers behind Service kubernetes", () => {
  it("are those that answer, and no probe may dial them", async () => {
    const { peer, apiServers } = await setUp((...answer) =>
      versions(answer[2] % 2 === 0 ? "192.0.2.10:6443" : "[2001:db8::10]:6443")(...answer),
    );
    const policy = createAddressPolicy({ apiServers: () => apiServers.listeners });
    expect(policy.refusal("192.0.2.10", 6443)).toBeUndefined();

    await apiServers.refresh();
    expect(new Set(peer.received.map(({ path }) => path))).toEqual(new Set(["/api"]));
    expect(policy.refusal("192.0.2.10", 6443)).toBe("the Kubernetes API server");
    expect(policy.refusal("2001:db8::10", 6443)).toBe("the Kubernetes API server");
    expect(policy.refusal("192.0.2.10", 5432)).toBeUndefined();
  });

  it("stay known when they do not answer, and the log says what to do", async () => {
    let answer = versions("192.0.2.10");
    const { apiServers, lines } = await setUp((...call) => answer(...call));
    await apiServers.refresh();
    answer = REFUSED;
    await apiServers.refresh();
    expect(apiServers.listeners).toEqual([{ address: "192.0.2.10", port: 443 }]);
    expect(lines).toEqual([expect.stringContaining("KOLLECT_DENY_CIDRS")]);
  });

  it("are a bounded list of IP addresses, whatever the answer holds", async () => {
    const many = Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}:6443`);
    const { apiServers } = await setUp(versions("api.example.org:6443", null, "a b", ...many));
    await apiServers.refresh();
    expect(apiServers.listeners.length).toBeLessThanOrEqual(64);
    expect(apiServers.listeners).toContainEqual({ address: "10.0.0.0", port: 6443 });
  });
});
