import type { Document } from "mongodb";
import { describe, expect, it } from "vitest";
import type { Answer } from "../../../lab/servers/mongodb/stand-in";
import { expectFailure, expectPassed, results } from "../expect-report";
import { collections, privilege, READ_WRITE, refusal } from "./answers";
import { runAgainst } from "./stand-in";

const withPrivileges = (...privileges: Document[]): Readonly<Record<string, Answer>> => ({
  connectionStatus: () => ({ authInfo: { authenticatedUserPrivileges: privileges }, ok: 1 }),
});

describe("the user's privileges", () => {
  it("pass when they cover what the exporter does", async () => {
    const report = await expectPassed(runAgainst({}));
    expect(results(report).Authorize).toBe("Passed");
  });

  it("fail, and name what is lacking and where, when they do not", async () => {
    const report = await expectFailure(
      runAgainst(withPrivileges(privilege(READ_WRITE.resource as Document, ["find", "insert", "remove"])), {
        provisioning: "ensure",
      }),
      "PermissionDenied",
      "User kollect lacks update on inventory.items at 127.0.0.1",
    );
    expect(report.failure?.message).toContain(
      'Run in database admin: db.createRole({role:"items_write",roles:[],privileges:[{resource:{db:"inventory",' +
        'collection:"items"},actions:["update"]}]}); in $external: db.grantRolesToUser("kollect",',
    );
  });

  it("fail for a user without any role", async () => {
    await expectFailure(runAgainst(withPrivileges()), "PermissionDenied");
  });

  it.each([13, 18, 8000])("are unproven when the server refuses to tell with code %i", async (code) => {
    const report = await expectPassed(runAgainst({ connectionStatus: () => refusal(code) }));
    expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Passed" });
    expect(report.unproven).toEqual([unknown("not permitted to ask")]);
  });

  it.each([
    ["does not know the command", () => refusal(59)],
    ["does not know privileges", () => ({ authInfo: { authenticatedUsers: [] }, ok: 1 })],
    ["tells nonsense", () => ({ authInfo: { authenticatedUserPrivileges: "all" }, ok: 1 })],
  ])("are unproven when the server %s", async (_, connectionStatus) => {
    const report = await expectPassed(runAgainst({ connectionStatus }));
    expect(results(report).Authorize).toBe("Passed");
    expect(report.unproven).toEqual([unknown("the server does not report the user's privileges")]);
  });

  it.each([13, 8000])("need the right to list collections, refused with code %i", async (code) => {
    await expectFailure(
      runAgainst({ listCollections: () => refusal(code) }, { provisioning: "existing" }),
      "PermissionDenied",
      "User kollect lacks listCollections on inventory at 127.0.0.1",
    );
  });

  it("do not make a view writable", async () => {
    await expectFailure(
      runAgainst({ listCollections: () => collections([{ name: "items", type: "view" }]) }),
      "TargetNotFound",
      "is a view",
    );
  });
});

function unknown(why: string): object {
  return { need: "mongodb:Privileges", kind: "NotAnswered", why };
}

describe("a server without access control", () => {
  it("passes without a login", async () => {
    const report = await expectPassed(runAgainst({}, { query: "", user: null }));
    expect(results(report).Authenticate).toBe("Skipped: the connection string names no user");
    expect(results(report).Authorize).toBe("Passed");
  });
});
