import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { failed } from "../../../capabilities/domain/failure";
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

  it("is that of the only server, and a fault of the sink when it names none", () => {
    expect(failureOf("TimedOut")).toEqual(failed("TimedOut", "Server 0 has a fault.").failure);
    expect(failureOf()).toEqual(failed("InvalidConfiguration", "The sink names no host.").failure);
  });
});
