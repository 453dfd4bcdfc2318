import { expect, it } from "vitest";
import { hostClass } from "../../../../capabilities/probes/net/names/host-class";

it.each([
  ["hunter22", " (a name without a domain)"],
  ["hunter22.", " (a name without a domain)"],
  ["hunter22.evil.example", ""],
  ["10.0.0.7", " (a private IPv4 address)"],
  ["203.0.113.7", " (an IPv4 address)"],
  ["fd00::68:756e:7465:7232", " (a private IPv6 address)"],
  ["2001:db8::6875:6e74:6572", " (an IPv6 address)"],
])("shows nothing of %s but what kind of host it is", (host, shown) => {
  expect(hostClass(host)).toBe(shown);
});
