import { nkeys } from "@nats-io/transport-node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { userKey } from "../../../../capabilities/probes/nats/nkey";
import { runs } from "../../../fixtures/property";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

describe("nkeys", () => {
  it("has the public key and signature that the NATS library has", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 64 }), (nonce) => {
        const pair = nkeys.createUser();
        const ours = userKey(text(pair.getSeed()));
        expect(ours?.publicKey).toBe(pair.getPublicKey());
        const signature = Buffer.from(ours?.sign(nonce) ?? "", "base64url");
        expect(pair.verify(Buffer.from(nonce), signature)).toBe(true);
      }),
      { numRuns: runs(8) },
    );
  });

  it.each([
    ["an account's seed", text(nkeys.createAccount().getSeed())],
    ["an operator's seed", text(nkeys.createOperator().getSeed())],
    ["a public key", nkeys.createUser().getPublicKey()],
    ["a private key", text(nkeys.createUser().getPrivateKey())],
    ["a seed in lower case", text(nkeys.createUser().getSeed()).toLowerCase()],
    ["a seed with a letter less", text(nkeys.createUser().getSeed()).slice(0, -1)],
    ["nothing", ""],
    ["a very long text", "A".repeat(100_000)],
  ])("takes no user key from %s", (_, seed) => {
    expect(userKey(seed)).toBeUndefined();
  });

  it("takes any text, and no seed with a wrong letter", () => {
    const seed = text(nkeys.createUser().getSeed());
    fc.assert(
      fc.property(
        fc.nat(seed.length - 1),
        fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        (at, letter) => {
          const changed = seed.slice(0, at) + letter + seed.slice(at + 1);
          // The last letter holds bits that belong to no byte.
          fc.pre(changed !== seed && at < seed.length - 1);
          expect(userKey(changed)).toBeUndefined();
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => void userKey(any)),
      { numRuns: runs(200) },
    );
  });
});
