import type { Document } from "mongodb";
import { failed } from "../../domain/failure";
import { quoted } from "../messages";
import { whileWaiting } from "../net/abort";
import { NotPermittedToAsk } from "../not-permitted";
import { mongodbFailure, serverAt, sourceOf, userOf } from "./errors";
import type { Member } from "./discovery/member";
import type { MongodbTarget } from "./plan";
import { lackingActions } from "./privileges";
import { ServerRefusal } from "./server-refusal";

/** Unauthorized; AuthenticationFailed, from servers that say so of every question; AtlasError. */
const NOT_PERMITTED_CODES = [13, 18, 8000];

/** Asks a question that the user may lack the right to; {@link NotPermittedToAsk} when that is so. */
export async function question(
  { connection, where }: Member,
  database: string,
  command: Document,
  signal: AbortSignal,
): Promise<Document> {
  try {
    return await whileWaiting(signal, connection.command({ db: database }, command));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ServerRefusal && NOT_PERMITTED_CODES.includes(error.code))
      throw new NotPermittedToAsk();
    throw mongodbFailure(error, { ...where, during: "question" });
  }
}

/**
 * The user's privileges as the server tells them; undefined when it does not, as servers that only speak
 * MongoDB's protocol may do. Throws {@link NotPermittedToAsk}.
 */
export async function askPrivileges(member: Member, signal: AbortSignal): Promise<unknown> {
  try {
    const status = await question(member, "admin", { connectionStatus: 1, showPrivileges: true }, signal);
    const info: unknown = status.authInfo;
    return typeof info === "object" && info !== null && "authenticatedUserPrivileges" in info
      ? info.authenticatedUserPrivileges
      : undefined;
  } catch (error) {
    // The command is there to help; only what keeps every question from being answered is a failure.
    if (error instanceof Error && error.cause instanceof ServerRefusal) return undefined;
    throw error;
  }
}

/** Throws `FailureError` when the server itself takes no writes, whatever the user may do. */
export function checkWritable({ hello, where }: Member): void {
  const takesWrites = ["primary", "standalone", "mongos"].includes(hello.kind);
  if (!takesWrites) {
    throw failed(
      "PermissionDenied",
      `${serverAt(where)} is not the primary of its replica set, and only that takes writes. ` +
        `Take directConnection=true out of ${sourceOf(where.plan)}, or name the primary.`,
    );
  }
  if (hello.readOnly) throw failed("PermissionDenied", `${serverAt(where)} runs in read-only mode.`);
}

/** Throws `FailureError` when the privileges do not cover what the sink does; false when they are not known. */
export function checkPrivileges(privileges: unknown, { where }: Member): boolean {
  const { plan } = where;
  const lacking = lackingActions(privileges, plan.target);
  if (lacking === undefined) return false;
  if (lacking.length === 0) return true;
  const database = quoted(plan.target.database);
  throw failed(
    "PermissionDenied",
    `User ${userOf(plan)} lacks ${lacking.join(" and ")} on ${namespaceOf(plan.target)} at ${where.endpoint}. ` +
      `Grant it the role readWrite on database ${database}, or a role with these actions on the collection.`,
  );
}

/** Views and missing collections, as far as the user may see them. Throws {@link NotPermittedToAsk}. */
export async function checkCollection(member: Member, signal: AbortSignal): Promise<void> {
  const { target } = member.where.plan;
  const command = { listCollections: 1, filter: { name: target.collection }, nameOnly: true };
  const answer = await question(member, target.database, { ...command, authorizedCollections: true }, signal);
  const found = collectionType(answer, target);
  if (found === "view") {
    throw failed(
      "TargetNotFound",
      `${namespaceOf(target)} at ${member.where.endpoint} is a view, which takes no writes. ` +
        "Check spec.mongodb.collection.",
    );
  }
  if (found === undefined && target.provisioning === "existing") {
    throw failed(
      "TargetNotFound",
      `Database ${quoted(target.database)} at ${member.where.endpoint} has no collection ` +
        `${quoted(target.collection)}. Create it, or set spec.provisioning.mode to ensure.`,
    );
  }
}

/** Without a login everything is allowed or nothing. */
export function loginNeeded({ where }: Member): Error {
  return failed(
    "AuthenticationFailed",
    `${serverAt(where)} wants a login, and ${sourceOf(where.plan)} names no user. Add user name and password.`,
  );
}

function collectionType(answer: Document, { collection }: MongodbTarget): string | undefined {
  const batch: unknown = (answer.cursor as Document | undefined)?.firstBatch;
  if (!Array.isArray(batch)) return undefined;
  const entry = (batch as Document[]).find((item) => item.name === collection);
  return entry && String(entry.type ?? "collection");
}

function namespaceOf({ database, collection }: MongodbTarget): string {
  return quoted(`${database}.${collection}`);
}
