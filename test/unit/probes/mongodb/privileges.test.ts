import { describe, expect, it } from "vitest";
import { lackingActions, neededActions } from "../../../../capabilities/probes/mongodb/needs/privileges";

const TARGET = { database: "inventory", collection: "items" };
const NEEDED = ["insert", "update"] as const;
const WRITE = ["find", "insert", "update"];

describe("privileges as a server tells them", () => {
  // Resources as `connectionStatus` of a MongoDB 7.0 shows them for the roles named.
  it.each([
    ["readWrite on the database", [{ resource: { db: "inventory", collection: "" }, actions: WRITE }], []],
    ["readWriteAnyDatabase", [{ resource: { db: "", collection: "" }, actions: WRITE }], []],
    [
      "a role on the collection",
      [{ resource: { db: "inventory", collection: "items" }, actions: WRITE }],
      [],
    ],
    [
      "a role on the collection in all databases",
      [{ resource: { db: "", collection: "items" }, actions: WRITE }],
      [],
    ],
    ["__system", [{ resource: { anyResource: true }, actions: ["anyAction"] }], []],
    [
      "two roles that add up",
      [
        { resource: { db: "inventory", collection: "items" }, actions: ["insert"] },
        { resource: { db: "inventory", collection: "" }, actions: ["update"] },
      ],
      [],
    ],
    [
      "read",
      [{ resource: { db: "inventory", collection: "" }, actions: ["find", "listCollections"] }],
      ["insert", "update"],
    ],
    [
      "a role that only adds",
      [{ resource: { db: "inventory", collection: "items" }, actions: ["insert"] }],
      ["update"],
    ],
    [
      "readWrite elsewhere",
      [{ resource: { db: "shop", collection: "" }, actions: WRITE }],
      ["insert", "update"],
    ],
    [
      "a role on another collection",
      [{ resource: { db: "inventory", collection: "item" }, actions: WRITE }],
      ["insert", "update"],
    ],
    [
      "clusterMonitor",
      [{ resource: { cluster: true }, actions: ["serverStatus", "insert", "update"] }],
      ["insert", "update"],
    ],
    [
      "a role on time series' buckets",
      [{ resource: { db: "inventory", system_buckets: "items" }, actions: WRITE }],
      ["insert", "update"],
    ],
    ["no role", [], ["insert", "update"]],
  ])("of %s", (_, privileges, lacking) => {
    expect(lackingActions(privileges, TARGET, NEEDED)).toEqual(lacking);
  });

  it.each(["local", "config"])("of all databases do not hold for %s", (database) => {
    const any = [{ resource: { db: "", collection: "" }, actions: WRITE }];
    const one = [{ resource: { db: database, collection: "" }, actions: WRITE }];
    expect(lackingActions(any, { database, collection: "items" }, NEEDED)).toEqual(["insert", "update"]);
    expect(lackingActions(one, { database, collection: "items" }, NEEDED)).toEqual([]);
  });

  it("of a database do not hold for its system collections", () => {
    const target = { database: "inventory", collection: "system.js" };
    expect(
      lackingActions([{ resource: { db: "inventory", collection: "" }, actions: WRITE }], target, NEEDED),
    ).toEqual(["insert", "update"]);
    const exact = [{ resource: { db: "inventory", collection: "system.js" }, actions: WRITE }];
    expect(lackingActions(exact, target, NEEDED)).toEqual([]);
  });

  it.each([undefined, null, "all", {}, 7])("are not known from %s", (told) => {
    expect(lackingActions(told, TARGET, NEEDED)).toBeUndefined();
  });

  it("are passed over one by one where they make no sense", () => {
    const odd = [null, 7, {}, { resource: null, actions: WRITE }, { resource: { db: 1 }, actions: WRITE }];
    const good = { resource: { db: "inventory", collection: "items" }, actions: [null, ...WRITE] };
    expect(lackingActions([...odd, good], TARGET, NEEDED)).toEqual([]);
  });
});

describe("the actions that the exporter needs on the collection", () => {
  it.each([
    ["existing", true, ["insert", "update", "remove"]],
    ["existing", false, ["insert", "update", "remove"]],
    ["ensure", false, ["insert", "update", "remove", "createIndex"]],
    ["ensure", true, ["insert", "update", "remove", "createCollection", "createIndex"]],
  ] as const)("in mode %s, missing: %s", (mode, isMissing, actions) => {
    expect(neededActions(mode, isMissing)).toEqual(actions);
  });
});
