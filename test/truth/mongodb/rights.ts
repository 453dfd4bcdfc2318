import type { RoleServer, StandInCollection } from "../../../lab/servers/mongodb/role-server";
import type { Privilege } from "../../../lab/servers/mongodb/roles";
import type { FactClass, TruthRow } from "../../../lab/truth/row";
import type { CaseOverrides } from "../../../lab/backends/mongodb";
import { COLLECTION, DATABASE, standInRow, USER, type Scene } from "./scene";

interface Rights {
  /** Built-in roles as `role@db`. */
  readonly roles?: readonly string[];
  readonly privileges?: readonly Privilege[];
  readonly collection?: StandInCollection;
  /** What the server answers instead of telling the user's privileges. */
  readonly status?: object;
  readonly fact?: FactClass;
}

function row(id: string, about: string, rights: Rights, overrides: CaseOverrides = {}): TruthRow<Scene> {
  const { fact = "R" } = rights;
  return standInRow({ id: `roles-${id}`, about, fact }, (server) => grant(server, rights), overrides);
}

function grant(server: RoleServer, { roles = [], privileges, collection, status }: Rights): void {
  const names = roles.map((each) => ({ role: each.split("@")[0] ?? "", db: each.split("@")[1] ?? DATABASE }));
  if (privileges) server.roles.create("admin", { role: "custom", privileges, roles: [] });
  server.users.set(USER.user, [...names, ...(privileges ? [{ role: "custom", db: "admin" }] : [])]);
  if (collection) server.collections.set(`${DATABASE}.${COLLECTION}`, collection);
  server.status = status;
}

function on(collection: string, ...actions: readonly string[]): Privilege {
  return { resource: { db: DATABASE, collection }, actions };
}

const LIST = on("", "listCollections");
const WRITES = ["insert", "update", "remove"];
const ALL = [...WRITES, "createCollection", "createIndex"];
const EXISTING: CaseOverrides = { provisioning: "existing" };
const PRESENT = { collection: {} };

/** Everything that the mode needs, with one action of the collection left out. */
function without(actions: readonly string[], action: string): readonly Privilege[] {
  return [on(COLLECTION, ...actions.filter((each) => each !== action)), LIST];
}

const NOT_TOLD = { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 };
const REFUSED = { ok: 0, code: 13, errmsg: "not authorized" };
const VALIDATOR = { validator: { $jsonSchema: { required: ["owner"] } } };
const FAILS_VALIDATION = { code: 121, errmsg: "Document failed validation" };

/** Roles, at the stand-in, and what FerretDB cannot hold. */
export const RIGHTS: readonly TruthRow<Scene>[] = [
  row("readwrite", "readWrite on the database, ensure, collection missing", { roles: ["readWrite"] }),
  row("readwrite-present", "readWrite on the database, ensure, collection present", {
    roles: ["readWrite"],
    ...PRESENT,
  }),
  row(
    "readwrite-existing",
    "readWrite on the database, existing",
    { roles: ["readWrite"], ...PRESENT },
    EXISTING,
  ),
  row("readwrite-elsewhere", "readWrite on another database", { roles: ["readWrite@shop"] }),
  row("readwrite-any", "readWriteAnyDatabase", { roles: ["readWriteAnyDatabase@admin"] }),
  row("dbowner", "dbOwner", { roles: ["dbOwner"] }),
  row("root", "root", { roles: ["root@admin"] }),
  row("system", "__system", { roles: ["__system@admin"] }),
  row("read", "read on the database", { roles: ["read"], ...PRESENT }, EXISTING),
  row("dbadmin", "dbAdmin on the database", { roles: ["dbAdmin"] }),
  row(
    "read-and-write",
    "read, and a role with the writes",
    { roles: ["read"], privileges: [on(COLLECTION, ...WRITES)], ...PRESENT },
    EXISTING,
  ),
  row("dbadmin-and-write", "dbAdmin, and a role with the writes", {
    roles: ["dbAdmin"],
    privileges: [on(COLLECTION, ...WRITES)],
  }),
  row("monitor", "clusterMonitor", { roles: ["clusterMonitor@admin"] }),
  row("none", "no role at all", {}),
  row(
    "existing-least",
    "existing: listCollections, insert, update, remove",
    { privileges: [on(COLLECTION, ...WRITES), LIST], ...PRESENT },
    EXISTING,
  ),
  row("ensure-least", "ensure, collection missing: createCollection and createIndex too", {
    privileges: [on(COLLECTION, ...ALL), LIST],
  }),
  row("ensure-least-present", "ensure, collection present, no createCollection", {
    privileges: without(ALL, "createCollection"),
    ...PRESENT,
  }),
  row("ensure-existing-rights", "ensure, collection present, no createIndex", {
    privileges: [on(COLLECTION, ...WRITES), LIST],
    ...PRESENT,
  }),
  row("ensure-index-there", "ensure, collection and index present, no createIndex", {
    privileges: [on(COLLECTION, ...WRITES, "listIndexes"), LIST],
    collection: { indexes: [{ name: "_id_", key: { _id: 1 } }] },
  }),
  row(
    "insert-update",
    "insert and update alone",
    { privileges: [on(COLLECTION, "insert", "update")], ...PRESENT },
    EXISTING,
  ),
  row(
    "no-list",
    "all but listCollections",
    { privileges: [on(COLLECTION, ...WRITES)], ...PRESENT },
    EXISTING,
  ),
  row(
    "list-of-collection",
    "listCollections on the collection alone",
    { privileges: [on(COLLECTION, ...WRITES, "listCollections")], ...PRESENT },
    EXISTING,
  ),
  ...WRITES.map((action) =>
    row(
      `existing-no-${action}`,
      `existing, no ${action}`,
      { privileges: without(WRITES, action), ...PRESENT },
      EXISTING,
    ),
  ),
  ...ALL.map((action) =>
    row(`ensure-no-${action}`, `ensure, no ${action}`, { privileges: without(ALL, action) }),
  ),
  row(
    "other-collection",
    "the writes on another collection",
    { privileges: [on("others", ...WRITES), LIST], ...PRESENT },
    EXISTING,
  ),
  row(
    "all-databases",
    "the writes on the collection in all databases",
    {
      privileges: [{ resource: { db: "", collection: COLLECTION }, actions: WRITES }, LIST],
      ...PRESENT,
    },
    EXISTING,
  ),
  row("whole-database", "the actions on the database", { privileges: [on("", ...ALL, "listCollections")] }),
  standInRow(
    { id: "roles-inherited", about: "a role that inherits readWrite from another" },
    ({ roles, users }) => {
      roles.create(DATABASE, { role: "inner", privileges: [], roles: ["readWrite"] });
      roles.create("admin", { role: "outer", privileges: [], roles: [{ role: "inner", db: DATABASE }] });
      users.set(USER.user, [{ role: "outer", db: "admin" }]);
    },
  ),
  row(
    "existing-missing",
    "readWrite, existing, collection missing",
    { roles: ["readWrite"], fact: "S" },
    EXISTING,
  ),
  row("not-told", "the server does not tell privileges, the user has them", {
    roles: ["readWrite"],
    status: NOT_TOLD,
    fact: "U",
  }),
  row(
    "not-told-lacking",
    "the server does not tell privileges, the user may only list",
    { privileges: [LIST], status: NOT_TOLD, fact: "U", ...PRESENT },
    EXISTING,
  ),
  row("not-told-no-list", "the server does not tell privileges, the user may not list", {
    privileges: [on(COLLECTION, ...ALL)],
    status: NOT_TOLD,
  }),
  row(
    "refused",
    "the server refuses to tell privileges",
    { privileges: [LIST], status: REFUSED, fact: "U", ...PRESENT },
    EXISTING,
  ),
  row("view", "ensure, the name is a view's", {
    roles: ["readWrite"],
    collection: { type: "view" },
    fact: "S",
  }),
  row(
    "view-existing",
    "existing, the name is a view's",
    { roles: ["readWrite"], collection: { type: "view" }, fact: "S" },
    EXISTING,
  ),
  row(
    "timeseries",
    "existing, a time series collection",
    { roles: ["readWrite"], collection: { type: "timeseries" }, fact: "S" },
    EXISTING,
  ),
  row(
    "validator",
    "a validator that refuses the documents",
    {
      roles: ["readWrite"],
      collection: { options: VALIDATOR, refuses: FAILS_VALIDATION },
      fact: "W",
    },
    EXISTING,
  ),
  row(
    "validator-warns",
    "a validator that only warns",
    {
      roles: ["readWrite"],
      collection: { options: { ...VALIDATOR, validationAction: "warn" } },
      fact: "S",
    },
    EXISTING,
  ),
];
