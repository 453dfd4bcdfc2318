import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import { createAddressPolicy, type AddressPolicy } from "../../../../capabilities/probes/net/address-policy";
import { permittedAddresses, type ResolveHost } from "../../../../capabilities/probes/net/names/resolve";

const policy = createAddressPolicy({ allow: ["127.0.0.2"] });
const target = { host: "db.shop", port: 5432 };

function answering(...addresses: string[]): ResolveHost {
  return () =>
    Promise.resolve(
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }) as const),
    );
}

async function failureOf(promise: Promise<unknown>): Promise<FailureError["failure"]> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FailureError);
  return (error as FailureError).failure;
}

describe("permittedAddresses", () => {
  it("keeps the addresses that may be dialled, in the resolver's order", async () => {
    const found = await permittedAddresses(
      target,
      policy,
      answering("127.0.0.1", "10.0.0.2", "::1", "fd00::2"),
    );
    expect(found.map(({ address }) => address)).toEqual(["10.0.0.2", "fd00::2"]);
  });
  it("reports AddressDenied when none may be dialled, without saying which address it is", async () => {
    const failure = await failureOf(permittedAddresses(target, policy, answering("127.0.0.3")));
    expect(failure.cause).toBe("AddressDenied");
    expect(failure.message).toContain("db.shop:5432 is a loopback address");
    expect(failure.message).not.toContain("127.0.0.3");
    expect(failure.message).toContain("KOLLECT_ALLOW_CIDRS");
  });
  it("reports NameResolutionFailed for a name without addresses", async () => {
    expect((await failureOf(permittedAddresses(target, policy, answering()))).cause).toBe(
      "NameResolutionFailed",
    );
  });
  it("never tries more than 16 addresses of one name", async () => {
    const many = Array.from({ length: 300 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    expect(await permittedAddresses(target, policy, answering(...many))).toHaveLength(16);
  });
  it("checks only the first addresses of an answer that fills a packet", async () => {
    let checked = 0;
    const counting: AddressPolicy = {
      refusal: (...address) => {
        checked += 1;
        return policy.refusal(...address);
      },
    };
    const many = Array.from({ length: 4000 }, (_, index) => `127.1.${index >> 8}.${index & 255}`);
    const failure = await failureOf(permittedAddresses(target, counting, answering(...many)));
    expect(failure.cause).toBe("AddressDenied");
    expect(checked).toBe(128);
  });
  it.each([
    ["ENOTFOUND", "does not exist in DNS"],
    ["EAI_AGAIN", "did not answer"],
    ["UNHEARD_OF", "could not be resolved"],
  ])("explains the resolver's error %s", async (code, words) => {
    const failing: ResolveHost = () => Promise.reject(Object.assign(new Error("raw text"), { code }));
    const failure = await failureOf(permittedAddresses(target, policy, failing));
    expect(failure.cause).toBe("NameResolutionFailed");
    expect(failure.message).toContain(words);
    expect(failure.message).toContain("db.shop");
    expect(failure.message).not.toContain("raw text");
  });
  it.each([0, -1, 65536, 1.5, Number.NaN])("refuses port %s", async (port) => {
    expect(
      (await failureOf(permittedAddresses({ host: "db", port }, policy, answering("10.0.0.1")))).cause,
    ).toBe("InvalidConfiguration");
  });
  it("refuses a host that could be more than a host", async () => {
    for (const host of ["a b", "a/b", "a@b", "a?b", "a#b", "a\nb", "a\0b", "[::1]", "x".repeat(254), ""]) {
      expect(
        (await failureOf(permittedAddresses({ host, port: 1 }, policy, answering("10.0.0.1")))).cause,
      ).toBe("InvalidConfiguration");
    }
  });
});
