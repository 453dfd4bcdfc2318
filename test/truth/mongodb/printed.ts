import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../../../lab/servers/mongodb/roles";
import type { TruthRow } from "../../../lab/truth/row";
import { COLLECTION, DATABASE, standInRow, USER, type Scene } from "./scene";

/** The roles that the page prints, in its order. */
const page = readFileSync(join("docs", "sinks", "mongodb.md"), "utf8");
const [forExisting, forEnsure] = [...page.matchAll(/db\.createRole\((\{.*?\n\})\)/gs)].map(
  ([, role = ""]) => JSON.parse(role) as Role,
);

function printed(id: string, about: string, mode: "existing" | "ensure", role: Role): TruthRow<Scene> {
  const row = { id: `printed-${id}`, about };
  return standInRow(
    row,
    ({ roles, users, collections }) => {
      roles.create("admin", role);
      users.set(USER.user, [{ role: role.role, db: "admin" }]);
      if (mode === "existing") collections.set(`${DATABASE}.${COLLECTION}`, {});
    },
    { provisioning: mode },
  );
}

/** The role with each single action removed, and which one that is. */
function less(role: Role): ReadonlyArray<readonly [action: string, role: Role]> {
  const actions = role.privileges.flatMap((privilege) => privilege.actions);
  return actions.map((action) => {
    const privileges = role.privileges.map((privilege) => ({
      ...privilege,
      actions: privilege.actions.filter((each) => each !== action),
    }));
    return [action, { ...role, privileges }];
  });
}

function rowsOf(mode: "existing" | "ensure", role: Role | undefined): readonly TruthRow<Scene>[] {
  if (!role) throw new Error(`docs/sinks/mongodb.md prints no role for mode ${mode}`);
  return [
    printed(mode, `mode ${mode}, as printed`, mode, role),
    ...less(role).map(([action, each]) =>
      printed(`${mode}-no-${action}`, `mode ${mode}, less ${action}`, mode, each),
    ),
  ];
}

/** The least rights that the page prints: as printed, and with each single one removed. */
export const PRINTED: readonly TruthRow<Scene>[] = [
  ...rowsOf("existing", forExisting),
  ...rowsOf("ensure", forEnsure),
];
