import { describe, expect, it } from "vitest";
import { KnownAddresses } from "../../../../capabilities/probes/net/names/known-addresses";
import { fixedResolver } from "./net-harness";

describe("what an endpoint leads to", () => {
  it.each([
    ["db.shop:5432", "db.shop 5432"],
    ["DB.Shop.:5432", "db.shop 5432"],
    ["db.shop:5432,silent.evil:5432", "db.shop 5432"],
    ["minio.shop:9000/bucket", "minio.shop 9000"],
    ["s3.amazonaws.com/bucket", "s3.amazonaws.com "],
    ["[fd00::5]:5432", "fd00::5 5432"],
    ["cluster.example.org", "cluster.example.org "],
  ])("%s is its first host", (endpoint, dialled) => {
    expect(new KnownAddresses().dialled(endpoint)).toBe(dialled);
  });

  it("is the address, once one of its names was resolved, however it is spelled and in whichever order it came", async () => {
    const addresses = new KnownAddresses();
    await addresses.rememberedFrom(fixedResolver("10.0.0.5", "10.0.0.6"))("db.shop");
    await addresses.rememberedFrom(fixedResolver("10.0.0.6", "10.0.0.5"))("db.shop.svc.cluster.local");
    const names = [
      "db.shop",
      "DB.shop",
      "db.shop.svc.cluster.local",
      "db.shop.svc.cluster.local.",
      "10.0.0.5",
    ];
    const dialled = names.map((name) => addresses.dialled(`${name}:5432`));
    expect(new Set(dialled)).toEqual(new Set(["10.0.0.5 5432"]));
    expect(addresses.dialled("db.shop:5433")).not.toBe(addresses.dialled("db.shop:5432"));
  });
});
