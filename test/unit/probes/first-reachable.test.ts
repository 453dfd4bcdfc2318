import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { failed, type FailureError } from "../../../capabilities/domain/failure";
import { noneUsable } from "../../../capabilities/probes/first-reachable";

function failureOf(...causes: Cause[]) {
  const failures = causes.map((cause, at) => failed(cause, `Server ${at} has a fault.`));
  return noneUsable(failures, "hosts", "The sink names no host.").failure;
}

describe("the failure of servers that were all tried in vain", () => {
  it.each([
    ["the first", ["TimedOut", "Unreachable"], "TimedOut"],
    ["the first lasting one", ["TimedOut", "TargetNotFound", "AddressDenied"], "TargetNotFound"],
    ["the lasting one at the end", ["Unreachable", "TimedOut", "TLSUntrusted"], "TLSUntrusted"],
  ] as ReadonlyArray<[string, Cause[], Cause]>)("has the cause of %s", (_which, causes, cause) => {
    expect(failureOf(...causes).cause).toBe(cause);
  });

  it("names every fault, in the order of the servers", () => {
    expect(failureOf("TimedOut", "AddressDenied").message).toBe(
      "None of the 2 hosts can be used. Server 0 has a fault. Server 1 has a fault.",
    );
  });

  const refusedAt = (endpoint: string): FailureError =>
    failed(
      "ConnectionRefused",
      `No server listens at ${endpoint} (connection refused). Check host and port.`,
    );

  it("says once what several servers have in common", () => {
    const failures = ["a.shop:9092", "[fd00::5]:9092", "b.shop:9093"].map(refusedAt);
    expect(noneUsable(failures, "brokers", "").message).toBe(
      "None of the 3 brokers can be used. No server listens at a.shop:9092 (connection refused). " +
        "Check host and port. The same holds for [fd00::5]:9092, b.shop:9093.",
    );
    const names = ["a.shop", "b.shop"].map((name) =>
      failed("NameResolutionFailed", `The name ${name} does not exist in DNS. Check its spelling.`),
    );
    expect(noneUsable(names, "brokers", "").message).toBe(
      "None of the 2 brokers can be used. The name a.shop does not exist in DNS. Check its spelling. " +
        "The same holds for b.shop.",
    );
  });

  it("stays short, however many servers and faults there are", () => {
    const same = Array.from({ length: 32 }, (_, at) => refusedAt(`broker-${at}.kafka.shop.svc:9092`));
    expect(noneUsable(same, "brokers", "").message.length).toBeLessThan(300);
    const different = Array.from({ length: 32 }, (_, at) => failed("TimedOut", `Fault ${"x".repeat(at)}.`));
    const { message } = noneUsable(different, "brokers", "");
    expect(message).toMatch(/Fault \. Fault x\. 30 more of the brokers cannot be used for other reasons\.$/);
  });

  it("is that of the only server, and a fault of the sink when it names none", () => {
    expect(failureOf("TimedOut")).toEqual(failed("TimedOut", "Server 0 has a fault.").failure);
    expect(failureOf()).toEqual(failed("InvalidConfiguration", "The sink names no host.").failure);
  });
});
