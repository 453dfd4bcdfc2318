import { Long, type Document } from "mongodb";
import { allows, Roles, type Privilege, type RoleName } from "./roles";
import { startStandIn, type Asked, type StandIn } from "./stand-in";

/** A collection, and how it answers an upsert. */
export interface StandInCollection {
  readonly type?: "collection" | "view" | "timeseries";
  readonly options?: Document;
  readonly indexes?: readonly Document[];
  /** The error of every upsert, as a validator or a unique index makes it. */
  readonly refuses?: { readonly code: number; readonly errmsg: string };
}

/** A server on loopback that authorizes each command as MongoDB's manual says; it keeps no documents. */
export interface RoleServer extends StandIn {
  readonly roles: Roles;
  /** Users by name, with the roles that were granted; the password is not looked at. */
  readonly users: Map<string, RoleName[]>;
  /** By `database.collection`. */
  readonly collections: Map<string, StandInCollection>;
  /** How the server answers `connectionStatus`, where it does not tell privileges. */
  status: Document | undefined;
}

const HELLO: Document = {
  ismaster: true,
  maxBsonObjectSize: 16_777_216,
  minWireVersion: 0,
  maxWireVersion: 21,
  ok: 1,
};

/**
 * Starts it. Logins are by PLAIN, the one mechanism that needs no knowledge of the password. Rules: MongoDB manual,
 * "Privilege Actions" and "Resource Document", and facts/exporter.md 2.2 for what each command of the exporter needs.
 */
export async function startRoleServer(): Promise<RoleServer> {
  const state = {
    roles: new Roles(),
    users: new Map<string, RoleName[]>(),
    collections: new Map<string, StandInCollection>(),
    status: undefined as Document | undefined,
  };
  const logins = new Map<object, string>();
  const standIn = await startStandIn((asked) => answer(asked, state, logins));
  return Object.assign(state, standIn);
}

type State = Pick<RoleServer, "roles" | "users" | "collections" | "status">;

function answer(asked: Asked, state: State, logins: Map<object, string>): Document {
  const { name, command, connection } = asked;
  if (name === "saslStart") {
    const [, user = ""] = String(command.payload.buffer ? Buffer.from(command.payload.buffer) : "").split(
      "\0",
    );
    if (!state.users.has(user)) return refusal(18, "Authentication failed.");
    logins.set(connection, user);
    return { conversationId: 1, done: true, payload: Buffer.alloc(0), ok: 1 };
  }
  const granted = state.users.get(logins.get(connection) ?? "");
  const privileges = granted?.flatMap((role) => state.roles.privilegesOf(role)) ?? [];
  const run = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return run ? run({ command, privileges, state }) : refusal(59, `no such command: '${name}'`);
}

interface Call {
  readonly command: Document;
  readonly privileges: readonly Privilege[];
  readonly state: State;
}

const COMMANDS: Readonly<Record<string, (call: Call) => Document>> = {
  ismaster: () => HELLO,
  hello: () => HELLO,
  ping: () => ({ ok: 1 }),
  endSessions: () => ({ ok: 1 }),
  connectionStatus: ({ privileges, state }) =>
    state.status ?? { authInfo: { authenticatedUserPrivileges: privileges }, ok: 1 },
  listCollections: (call) =>
    permitted(call, ["listCollections"], "", () => {
      const wanted = String(call.command.filter?.name);
      const found = call.state.collections.get(`${call.command.$db}.${wanted}`);
      return batch(
        found ? [{ name: wanted, type: found.type ?? "collection", options: found.options ?? {} }] : [],
      );
    }),
  listIndexes: (call) =>
    permitted(call, ["listIndexes"], call.command.listIndexes, ({ indexes }) => batch(indexes ?? [])),
  create: (call) =>
    permitted(call, ["createCollection"], call.command.create, () => {
      call.state.collections.set(`${call.command.$db}.${call.command.create}`, {});
      return { ok: 1 };
    }),
  createIndexes: (call) =>
    permitted(call, ["createIndex"], call.command.createIndexes, ({ type = "collection" }) =>
      type === "collection" ? { ok: 1 } : refusal(166, `Index on a ${type}`),
    ),
  update: (call) =>
    permitted(call, ["update", "insert"], call.command.update, ({ type = "collection", refuses }) => {
      if (type !== "collection") return refusal(166, `Update of a ${type}`);
      const count = call.command.updates.length as number;
      return refuses
        ? { n: 0, nModified: 0, writeErrors: [{ index: 0, ...refuses }], ok: 1 }
        : { n: count, nModified: count, ok: 1 };
    }),
  delete: (call) => permitted(call, ["remove"], call.command.delete, () => ({ n: 0, ok: 1 })),
};

/** The command's answer where every action on the collection is allowed; an empty name is the database. */
function permitted(
  { command, privileges, state }: Call,
  actions: readonly string[],
  collection: string,
  run: (collection: StandInCollection) => Document,
): Document {
  const where = { db: String(command.$db), collection };
  if (!actions.every((action) => allows(privileges, action, where)))
    return refusal(13, `not authorized on ${where.db}`);
  return run(state.collections.get(`${where.db}.${collection}`) ?? {});
}

function batch(firstBatch: readonly Document[]): Document {
  return { cursor: { id: Long.ZERO, ns: "inventory.$cmd", firstBatch }, ok: 1 };
}

function refusal(code: number, errmsg: string): Document {
  return { ok: 0, code, errmsg, codeName: "Refused" };
}
