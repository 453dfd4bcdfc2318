import type { Document } from "mongodb";
import type { Answer, Asked } from "../../../lab/servers/mongodb/stand-in";

/** A hello of MongoDB 7.0 without what says what the server is. */
const HELLO = {
  maxBsonObjectSize: 16_777_216,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
  ok: 1,
};

export const STANDALONE = { ...HELLO, ismaster: true };
export const MONGOS = { ...HELLO, ismaster: true, msg: "isdbgrid" };
export const GHOST = { ...HELLO, ismaster: false, isreplicaset: true };

export interface SetMember {
  readonly hosts: readonly string[];
  readonly primary?: string;
  readonly setName?: string;
}

export function primary({ hosts, setName = "rs0" }: SetMember): Document {
  return { ...HELLO, ismaster: true, secondary: false, setName, hosts, primary: hosts[0], me: hosts[0] };
}

export function secondary({ hosts, primary: claimed, setName = "rs0" }: SetMember): Document {
  return {
    ...HELLO,
    ismaster: false,
    secondary: true,
    setName,
    hosts,
    ...(claimed ? { primary: claimed } : {}),
  };
}

/** A privilege of `connectionStatus`. */
export function privilege(resource: Document, actions: readonly string[]): Document {
  return { resource, actions };
}

export const READ_WRITE = privilege({ db: "inventory", collection: "" }, [
  "createCollection",
  "createIndex",
  "find",
  "insert",
  "remove",
  "update",
]);

/**
 * A server on which all users may do what the sink needs.
 * @param hello its answer to the first question
 * @param others answers by the command's name, instead of the usual ones
 */
export function server(
  hello: Document | (() => Document),
  others: Readonly<Record<string, Answer>> = {},
): Answer {
  const usual: Readonly<Record<string, Answer>> = {
    ismaster: () => (typeof hello === "function" ? hello() : hello),
    hello: () => (typeof hello === "function" ? hello() : hello),
    ping: () => ({ ok: 1 }),
    saslStart: () => ({ conversationId: 1, done: true, payload: Buffer.alloc(0), ok: 1 }),
    connectionStatus: () => ({ authInfo: { authenticatedUserPrivileges: [READ_WRITE] }, ok: 1 }),
    listCollections: () => collections([]),
    listIndexes: () => collections([{ name: "_id_", key: { _id: 1 } }]),
  };
  return (asked: Asked) => (others[asked.name] ?? usual[asked.name] ?? unknownCommand)(asked);
}

export function collections(firstBatch: readonly Document[]): Document {
  return { cursor: { id: 0, ns: "inventory.$cmd.listCollections", firstBatch }, ok: 1 };
}

export function refusal(code: number, errmsg = "no"): Document {
  return { ok: 0, errmsg, code, codeName: "Refused" };
}

function unknownCommand({ name }: Asked): Document {
  return refusal(59, `no such command: '${name}'`);
}
