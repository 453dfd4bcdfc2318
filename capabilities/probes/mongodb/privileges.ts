/** What the sink does with its collection: it writes documents and updates those it wrote. */
const NEEDED = ["insert", "update"] as const;
export type NeededAction = (typeof NEEDED)[number];

export interface Namespace {
  readonly database: string;
  readonly collection: string;
}

/**
 * The actions of {@link NEEDED} that no privilege covers. Takes `authInfo.authenticatedUserPrivileges` of
 * `connectionStatus`, in which the server has resolved roles already; undefined when it is no such list.
 * Source: MongoDB manual, "Resource Document" and "Privilege Actions".
 */
export function lackingActions(privileges: unknown, target: Namespace): NeededAction[] | undefined {
  if (!Array.isArray(privileges)) return undefined;
  const held = new Set(privileges.flatMap((privilege) => actionsOn(privilege, target)));
  return held.has("anyAction") ? [] : NEEDED.filter((action) => !held.has(action));
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

/** An empty collection means all but `system.*`; an empty database then leaves out two of the server's own. */
function coversNormal(db: string, { database, collection }: Namespace): boolean {
  if (collection.startsWith("system.")) return false;
  return db === "" ? database !== "local" && database !== "config" : db === database;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
