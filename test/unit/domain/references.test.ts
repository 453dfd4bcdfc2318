import { describe, expect, it } from "vitest";
import { FailureError } from "../../../capabilities/domain/failure";
import { isDnsLabel, isDnsSubdomain } from "../../../capabilities/api/names";
import { allReferences, permittedSecret, type SharedSecret } from "../../../capabilities/domain/references";

const shared: SharedSecret[] = [
  { sinkNamespace: "shop", namespace: "platform", name: "pg" },
  { sinkNamespace: "*", namespace: "platform", name: "ca" },
];
const field = "spec.secretRef";

describe("allReferences", () => {
  const sinkWith = (spec: object) => ({ spec: { type: "postgres", ...spec } }) as never;
  const ofType = [
    { field: "spec.postgres.databaseRef", name: "pg" },
    { field: "spec.secretRef", name: "common" },
  ];

  it("are those of the type alone when the sink names no others", () => {
    expect(allReferences(sinkWith({}), ofType)).toEqual(ofType);
    expect(allReferences(sinkWith({ tls: {} }), ofType)).toEqual(ofType);
  });

  it("have the shared ones behind them, each field once", () => {
    const spec = {
      secretRef: { name: "common" },
      tls: { caSecretRef: { name: "ca", namespace: "platform" } },
    };
    const ca = { field: "spec.tls.caSecretRef", name: "ca", namespace: "platform" };
    expect(allReferences(sinkWith(spec), ofType)).toEqual([...ofType, ca]);
    expect(allReferences(sinkWith(spec), [])).toEqual([{ field: "spec.secretRef", name: "common" }, ca]);
  });
});

describe("permittedSecret", () => {
  const allowed: [string, string, string | undefined, string][] = [
    ["the sink's own namespace when none is named", "pg", undefined, "shop"],
    ["the sink's own namespace when it is named", "pg", "shop", "shop"],
    ["the sink's own namespace when the name is empty", "pg", "", "shop"],
    ["what is listed for the namespace", "pg", "platform", "platform"],
    ["what is listed for every namespace", "ca", "platform", "platform"],
  ];
  it.each(allowed)("allows %s", (_what, name, namespace, expected) => {
    expect(permittedSecret("shop", { field, name, namespace }, shared)).toEqual({
      namespace: expected,
      name,
    });
  });

  const refused: [string, string, string, string | undefined][] = [
    ["another namespace", "shop", "pg", "other"],
    ["another Secret of a listed namespace", "shop", "other", "platform"],
    ["a Secret listed for another namespace", "lab", "pg", "platform"],
    ["a name that climbs paths", "shop", "../../other/secrets/foreign", undefined],
    ["a namespace that climbs paths", "shop", "pg", "shop/secrets/x/.."],
    ["an encoded slash", "shop", "a%2fb", undefined],
  ];
  it.each(refused)("refuses %s", (_what, sinkNamespace, name, namespace) => {
    const answer = permittedSecret(sinkNamespace, { field, name, namespace }, shared);
    expect(answer).toBeInstanceOf(FailureError);
    expect(answer).toMatchObject({ failure: { reason: "SecretResolveFailed", cause: "ReferenceForbidden" } });
  });

  it.each([
    ["an empty name", "", /spec\S*\.name is empty\. Name a Secret/],
    ["upper case", "PG", /\.name is not the name of a Secret\. Use lower case/],
    ["an underscore", "pg_dsn", /\.name is not the name of a Secret/],
  ])("takes %s for a fault of the sink", (_what, name, says) => {
    const answer = permittedSecret("shop", { field, name }, shared);
    expect(answer).toMatchObject({
      failure: { reason: "ConnectionTestFailed", cause: "InvalidConfiguration" },
      message: expect.stringMatching(says) as string,
    });
  });

  it("names the configuration line that would allow it", () => {
    const answer = permittedSecret("shop", { field, name: "pg", namespace: "other" }, shared);
    expect(answer).toMatchObject({
      message: expect.stringContaining("shop:other/pg in KOLLECT_SHARED_SECRETS"),
    });
  });
});

describe("names", () => {
  it.each(["a", "a-b", "a.b-c.d", "0a", "a".repeat(253)])("accepts %s", (name) => {
    expect(isDnsSubdomain(name)).toBe(true);
  });
  it.each(["", "-a", "a-", "a..b", ".a", "A", "a_b", "a/b", "a%2e", "a b", "a\n", "ä", "a".repeat(254)])(
    "refuses %j",
    (name) => {
      expect(isDnsSubdomain(name)).toBe(false);
    },
  );
  it("limits a namespace to one label of 63 characters", () => {
    expect([isDnsLabel("a".repeat(63)), isDnsLabel("a".repeat(64)), isDnsLabel("a.b")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
