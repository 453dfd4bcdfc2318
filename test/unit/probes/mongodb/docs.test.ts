import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { INDEX_NAME } from "../../../../capabilities/probes/mongodb/needs/collection";
import { lackingActions, neededActions } from "../../../../capabilities/probes/mongodb/needs/privileges";

const page = readFileSync(join("docs", "sinks", "mongodb.md"), "utf8");
const MODES = ["existing", "ensure"] as const;

interface Role {
  readonly privileges: ReadonlyArray<{ readonly resource: object; readonly actions: readonly string[] }>;
}

describe("the least rights that the docs show", () => {
  const shown = [...page.matchAll(/db\.createRole\((\{.*?\n\})\)/gs)];
  const roles = shown.map(([, role = ""]) => JSON.parse(role) as Role);
  const target = { database: "inventory", collection: "items" };

  it("are one role for each mode", () => {
    expect(roles).toHaveLength(MODES.length);
  });

  it.each(MODES)("are what is asked in mode %s, and no more", (mode) => {
    const { privileges = [] } = roles[MODES.indexOf(mode)] ?? {};
    const needed = neededActions(mode, true);
    expect(lackingActions(privileges, target, needed)).toEqual([]);
    const actions = privileges.flatMap((privilege) => privilege.actions);
    expect(actions).toEqual([...needed, "listCollections"]);
  });

  it("are beside the fields of the exporter's index", () => {
    const fields = INDEX_NAME.split("_1").filter((field) => field !== "");
    for (const field of fields) expect(page).toContain(`\`${field.replace(/^_/, "")}\``);
  });
});
