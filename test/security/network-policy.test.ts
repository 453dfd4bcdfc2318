import { readFileSync } from "node:fs";
import { BlockList, isIPv4 } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { OPERATOR, OPERATOR_SERVICE_ACCOUNT } from "../../generate/config/roles";
import { createAddressPolicy } from "../../capabilities/probes/net/address-policy";

interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Record<string, string> };
    readonly policyTypes: readonly string[];
    readonly egress: readonly {
      readonly ports?: readonly { readonly port: number }[];
      readonly to?: readonly {
        readonly ipBlock: { readonly cidr: string; readonly except?: readonly string[] };
      }[];
    }[];
  };
}

const FILE = join(import.meta.dirname, "../../config/network-policy/operator.yaml");
const policies = parseAllDocuments(readFileSync(FILE, "utf8")).map((each) => each.toJS() as Policy);
const policy = createAddressPolicy();

/** Whether a rule other than DNS lets the pod reach the address. */
function reaches({ spec }: Policy, address: string): boolean {
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const holds = (cidrs: readonly string[]): boolean => {
    const list = new BlockList();
    for (const cidr of cidrs) {
      const [net = "", bits] = cidr.split("/");
      list.addSubnet(net, Number(bits), isIPv4(net) ? "ipv4" : "ipv6");
    }
    return list.check(address, family);
  };
  const blocks = spec.egress
    .filter(({ ports }) => !ports?.some(({ port }) => port === 53))
    .flatMap(({ to }) => to ?? [{ ipBlock: { cidr: family === "ipv4" ? "0.0.0.0/0" : "::/0" } }]);
  // A block of one family says nothing of the other; Node's BlockList would take ::/0 for both.
  const own = blocks.filter(({ ipBlock }) => ipBlock.cidr.includes(":") === (family === "ipv6"));
  return own.some(({ ipBlock }) => holds([ipBlock.cidr]) && !holds(ipBlock.except ?? []));
}

describe("the NetworkPolicies", () => {
  it("select the pods of both Deployments, in both directions", () => {
    expect(policies.map(({ spec }) => spec.podSelector.matchLabels)).toEqual([
      { app: OPERATOR_SERVICE_ACCOUNT, "pepr.dev/controller": "admission" },
      { app: `${OPERATOR_SERVICE_ACCOUNT}-watcher`, "pepr.dev/controller": "watcher" },
    ]);
    for (const { metadata, spec } of policies) {
      expect(metadata.namespace).toBe(OPERATOR.namespace);
      expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
    }
  });

  it.each([
    ...[
      "169.254.169.254",
      "169.254.170.2",
      "169.254.170.23",
      "100.100.100.200",
      "168.63.129.16",
      "192.0.0.192",
    ],
    ...["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "127.0.0.1", "::1", "fe80::1"],
  ])("close %s, which the operator does not dial either", (address) => {
    expect(policy.refusal(address, 443)).toBeDefined();
    expect(policies.filter((each) => reaches(each, address))).toEqual([]);
  });

  it("let the watcher reach backends and the admission pod the API server alone", () => {
    const [admission, watcher] = policies as [Policy, Policy];
    for (const address of ["10.0.0.5", "203.0.113.7", "fd00::5"])
      expect(reaches(watcher, address)).toBe(true);
    const ports = admission.spec.egress.flatMap((rule) => rule.ports ?? [{ port: 0 }]);
    expect(new Set(ports.map(({ port }) => port))).toEqual(new Set([53, 443, 6443]));
  });
});
