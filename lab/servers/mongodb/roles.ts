/** A privilege as `createRole` takes it and `connectionStatus` shows it. */
export interface Privilege {
  readonly resource: Resource;
  readonly actions: readonly string[];
}

/** Of a database, of collections, of the cluster, or of everything. */
export interface Resource {
  readonly db?: string;
  readonly collection?: string;
  readonly cluster?: boolean;
  readonly anyResource?: boolean;
}

export interface RoleName {
  readonly role: string;
  readonly db: string;
}

/** What `createRole` takes. */
export interface Role {
  readonly role: string;
  readonly privileges: readonly Privilege[];
  readonly roles: ReadonlyArray<string | RoleName>;
}

const READ = [
  "changeStream",
  "collStats",
  "dbHash",
  "dbStats",
  "find",
  "killCursors",
  "listCollections",
  "listIndexes",
];
const WRITE = [
  "convertToCapped",
  "createCollection",
  "createIndex",
  "dropCollection",
  "dropIndex",
  "insert",
  "remove",
];
const READ_WRITE = [...READ, ...WRITE, "renameCollectionSameDB", "update"];
const ADMIN = [
  "bypassDocumentValidation",
  "collMod",
  "collStats",
  "compact",
  "createCollection",
  "createIndex",
];
const DB_ADMIN = [
  ...ADMIN,
  "dbStats",
  "dropCollection",
  "dropDatabase",
  "dropIndex",
  "listCollections",
  "listIndexes",
];
const USER_ADMIN = [
  "createRole",
  "createUser",
  "dropRole",
  "dropUser",
  "grantRole",
  "revokeRole",
  "viewRole",
];
const MONITOR = ["collStats", "dbStats", "getShardVersion", "indexStats"];

/** Actions of the built-in roles, as far as a sink could need one. Source: MongoDB manual, "Built-In Roles". */
const OF_ONE_DATABASE: Readonly<Record<string, readonly string[]>> = {
  read: READ,
  readWrite: READ_WRITE,
  dbAdmin: DB_ADMIN,
  userAdmin: USER_ADMIN,
  dbOwner: [...READ_WRITE, ...DB_ADMIN, ...USER_ADMIN],
};
const OF_ALL_DATABASES: Readonly<Record<string, readonly string[]>> = {
  readAnyDatabase: READ,
  readWriteAnyDatabase: READ_WRITE,
  dbAdminAnyDatabase: DB_ADMIN,
  clusterMonitor: MONITOR,
  root: [...READ_WRITE, ...DB_ADMIN, ...USER_ADMIN],
};

/** Roles that were created, by database. */
export class Roles {
  readonly #created = new Map<string, Role>();

  clear(): void {
    this.#created.clear();
  }

  /** Throws where the server would: a role outside `admin` holds privileges of its own database only. */
  create(db: string, role: Role): void {
    const key = `${db}.${role.role}`;
    if (this.#created.has(key)) throw new Error(`Role "${role.role}@${db}" already exists`);
    const isForeign = ({ resource }: Privilege): boolean => db !== "admin" && resource.db !== db;
    if (role.privileges.some(isForeign))
      throw new Error("Roles on the database can only grant its own privileges");
    this.#created.set(key, role);
  }

  /** All privileges of a role, inherited ones too. */
  privilegesOf({ role, db }: RoleName): readonly Privilege[] {
    const created = this.#created.get(`${db}.${role}`);
    if (created) {
      const inherited = created.roles.map((each) => (typeof each === "string" ? { role: each, db } : each));
      return [...created.privileges, ...inherited.flatMap((each) => this.privilegesOf(each))];
    }
    if (role === "__system") return [{ resource: { anyResource: true }, actions: ["anyAction"] }];
    const one = OF_ONE_DATABASE[role];
    if (one) return [{ resource: { db, collection: "" }, actions: one }];
    const all = db === "admin" ? OF_ALL_DATABASES[role] : undefined;
    if (!all) throw new Error(`Could not find role: ${role}@${db}`);
    return [
      { resource: { db: "", collection: "" }, actions: all },
      { resource: { cluster: true }, actions: ["listDatabases"] },
    ];
  }
}

/** Whether privileges allow an action on a collection, or on the database where `collection` is empty. */
export function allows(
  privileges: readonly Privilege[],
  action: string,
  { db, collection }: { readonly db: string; readonly collection: string },
): boolean {
  const isNormal = !collection.startsWith("system.");
  const covers = ({ resource }: Privilege): boolean => {
    if (resource.anyResource) return true;
    if (resource.cluster || resource.db === undefined || resource.collection === undefined) return false;
    if (resource.db !== "" && resource.db !== db) return false;
    if (resource.collection !== "") return resource.collection === collection;
    return isNormal && (resource.db !== "" || !["local", "config"].includes(db));
  };
  return privileges.some(
    (each) => covers(each) && (each.actions.includes(action) || each.actions.includes("anyAction")),
  );
}
