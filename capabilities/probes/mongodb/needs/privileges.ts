/** Actions of the exporter on the collection in every mode: upserts, and removal of deleted items. */
const WRITES = ["insert", "update", "remove"] as const;
export type NeededAction = (typeof WRITES)[number] | "createCollection" | "createIndex";

export interface Namespace {
  readonly database: string;
  readonly collection: string;
}

/** Actions of the exporter on this collection: it creates a missing one, and in mode `ensure` always the index. */
export function neededActions(mode: "ensure" | "existing", isMissing: boolean): readonly NeededAction[] {
  if (mode === "existing") return WRITES;
  return isMissing ? [...WRITES, "createCollection", "createIndex"] : [...WRITES, "createIndex"];
}

/**
 * The actions on a collection that no privilege covers. Takes `authInfo.authenticatedUserPrivileges` of
 * `connectionStatus`, in which the server has already resolved roles, including inherited ones; undefined when it is
 * not such a list. Source: MongoDB manual, "Resource Document" and "Privilege Actions".
 */
export function lackingActions<Action extends string>(
  privileges: unknown,
  target: Namespace,
  needed: readonly Action[],
): Action[] | undefined {
  if (!Array.isArray(privileges)) return undefined;
  const held = new Set(privileges.flatMap((privilege) => actionsOn(privilege, target)));
  return held.has("anyAction") ? [] : needed.filter((action) => !held.has(action));
}

function actionsOn(privilege: unknown, target: Namespace): unknown[] {
  if (!isRecord(privilege) || !isRecord(privilege.resource) || !Array.isArray(privilege.actions)) return [];
  return covers(privilege.resource, target) ? privilege.actions : [];
}

function covers(resource: Readonly<Record<string, unknown>>, target: Namespace): boolean {
  if (resource.anyResource === true) return true;
  const { db, collection } = resource;
  if (typeof db !== "string" || typeof collection !== "string") return false;
  if (collection === "") return coversNormal(db, target);
  return collection === target.collection && (db === "" || db === target.database);
}

/** An empty collection means all but `system.*`; an empty database then excludes two of the server's own. */
function coversNormal(db: string, { database, collection }: Namespace): boolean {
  if (collection.startsWith("system.")) return false;
  return db === "" ? database !== "local" && database !== "config" : db === database;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
